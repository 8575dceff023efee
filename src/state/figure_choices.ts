/** How the user's figures are made: remembered between visits, since a paper has many of them. */
import { create } from "zustand";
import { recall, remember } from "./preferences.ts";

export interface PrintChoices {
  readonly widthMm: number;
  readonly typePt: number;
  readonly dpi: number;
  readonly letters: boolean;
  readonly caption: boolean;
}

const KEY = "tempered.figure";
/** A single column: what a paper has most of. */
const USUAL: PrintChoices = { widthMm: 85, typePt: 7, dpi: 300, letters: false, caption: true };

export const usePrintChoices = create<PrintChoices>(() => ({ ...USUAL, ...remembered() }));

export function choosePrint(change: Partial<PrintChoices>): void {
  usePrintChoices.setState(change);
  remember(KEY, JSON.stringify(usePrintChoices.getState()));
}

/** What of it is of the right kind: the file may be of another version, or anybody's. */
function remembered(): Partial<PrintChoices> {
  try {
    const found: unknown = JSON.parse(recall(KEY) ?? "{}");
    if (typeof found !== "object" || found === null) return {};
    const known = Object.entries(USUAL).map(([key, usual]) => {
      const value: unknown = Reflect.get(found, key);
      return [key, typeof value === typeof usual ? value : usual];
    });
    return Object.fromEntries(known) as Partial<PrintChoices>;
  } catch {
    return {};
  }
}
