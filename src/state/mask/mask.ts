/**
 * The user's own mask in the place of the motion's: brought in a file, or painted on the panes. A painted one is a file as well, made
 * here when the brush rests, so that it has a name in links and can be saved as it is.
 */
import { writeSafetensors } from "../../formats/safetensors.ts";
import { type MaskId, maskParts, type TokenRef } from "../../worker/protocol.ts";
import { request } from "../compute.ts";
import { retry } from "../explore/explore.ts";
import { setSession, useSession } from "../session.ts";
import { setSettings, useSettings } from "../settings.ts";
import { VIEWS } from "../views.ts";
import { dabbed, spread } from "./brush.ts";
import { usePainting } from "./store.ts";

/** How long the brush rests before a stroke counts. */
const REST_MS = 300;
let resting: ReturnType<typeof setTimeout> | undefined;

/** Takes a mask of the open clip: one file, or numbered pictures. */
export async function bringMask(files: readonly File[]): Promise<void> {
  const reply = await request({ type: "bring-mask", files });
  if (!reply) return;
  const { id } = reply;
  if (files.length === 1) usePainting.setState(({ files: before }) => ({ files: new Map(before).set(id, files[0]) }));
  const { mask, view } = useSettings.getState();
  // A link that waits for this file names it already, perhaps as it was called elsewhere.
  if (mask !== "" && maskParts(mask).hash === maskParts(id).hash) {
    setSession({ failure: null });
    return retry();
  }
  const shown = VIEWS[view].drop === "judged" || view === "bench" ? "explore" : view;
  setSettings({ mask: id, showMask: true, view: shown });
}

/** The motion's mask again. */
export function putMaskAway(): void {
  clearTimeout(resting);
  usePainting.setState({ on: false, draft: null });
  setSession({ failure: null });
  setSettings({ mask: "" });
  retry();
}

/** Begins or ends painting, on what the mask is now. */
export function setPaintingOn(on: boolean): void {
  if (on) setSettings({ showMask: true });
  else if (resting !== undefined) void settle();
  usePainting.setState({ on, draft: null });
}

/** Paints or erases around a token of the encoded grid. */
export function dab(token: TokenRef): void {
  const { erase, size } = usePainting.getState();
  change((mask, grid) => dabbed(mask, grid, token, size, erase ? 0 : 1));
}

/** One frame's marks in every frame. */
export const spreadFrame = (frame: number): void => change((mask, grid) => spread(mask, grid, frame));

/** No token at all, to begin from. */
export const clearMask = (): void => change((mask) => new Uint8Array(mask.length));

function change(
  stroke: (mask: Uint8Array, grid: { readonly H: number; readonly W: number }) => Uint8Array<ArrayBuffer>,
): void {
  const { encoded, mask } = useSession.getState();
  const { draft } = usePainting.getState();
  if (!encoded || !mask) return;
  const { F, H, W } = encoded.grid;
  const before = draft?.length === F * H * W ? draft : mask.mask;
  usePainting.setState({ draft: stroke(before, { H, W }) });
  clearTimeout(resting);
  resting = setTimeout(() => void settle(), REST_MS);
}

/** Makes a file of what was painted and takes it as one that was brought. */
async function settle(): Promise<void> {
  clearTimeout(resting);
  resting = undefined;
  const { draft } = usePainting.getState();
  const { encoded } = useSession.getState();
  if (!draft || !encoded) return;
  const { F, H, W } = encoded.grid;
  if (draft.length !== F * H * W) return;
  const about = { frame_indices: encoded.frames.map(({ index }) => index).join() };
  const bytes = writeSafetensors({ mask: { dtype: "U8", shape: [F, H, W], data: draft } }, about);
  await bringMask([new File([bytes], "painted.safetensors")]);
}

/** A mask's file; undefined where it was brought as several, or in another visit. */
export const fileOfMask = (id: MaskId | ""): File | undefined =>
  id === "" ? undefined : usePainting.getState().files.get(id);
