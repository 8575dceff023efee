import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

interface AxeOptions {
  /** A selector: only what lies in it is looked at. */
  readonly within?: string;
  /** The one rule whose answer a change of theme can change; everything else was asked in the other theme. */
  readonly contrastAlone?: boolean;
}

/** What axe finds on the page, a line a rule with its elements. Nothing is []. */
export async function axeFaults(page: Page, { within, contrastAlone = false }: AxeOptions = {}): Promise<string[]> {
  // Otherwise axe collects the results of all frames in a second page. The app has no frames, and without that page a run takes half the time.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  if (within) axe.include(within);
  // Of what passes a rule axe would write down every element, too: half of its time.
  axe.options({ resultTypes: ["violations"] });
  if (contrastAlone) axe.withRules(["color-contrast"]);
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

/** The same in light and in dark. */
export async function axeFaultsInBothThemes(page: Page, options: AxeOptions = {}): Promise<string[]> {
  await page.emulateMedia({ colorScheme: "light" });
  const light = await axeFaults(page, options);
  await page.emulateMedia({ colorScheme: "dark" });
  return [...light, ...(await axeFaults(page, { ...options, contrastAlone: true }))];
}
