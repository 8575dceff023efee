/**
 * The user's own mask in the place of the motion's: brought in a file, or painted on the panes. A painted one is a file as well, made
 * here when the brush rests, so that it has a name in links and can be saved as it is.
 */
import { writeSafetensors } from "../../formats/safetensors.ts";
import {
  type BroughtMask,
  type ClipInfo,
  type MaskId,
  maskParts,
  PAINTED,
  type TokenRef,
} from "../../worker/protocol.ts";
import { useComparison } from "../compare/store.ts";
import { request } from "../compute.ts";
import { retry } from "../explore/explore.ts";
import { isOpen } from "../explore/wanted.ts";
import { tell } from "../page_notice.ts";
import { loseWhere, mentions, retryFailed } from "../reconcile.ts";
import { setSession, useSession } from "../session.ts";
import { setSettings, useSettings } from "../settings.ts";
import { useTruth } from "../truth/store.ts";
import { VIEWS } from "../views.ts";
import { dabbed, spread } from "./brush.ts";
import { usePainting } from "./store.ts";

/** How long the brush rests before a stroke counts. */
const REST_MS = 300;
let resting: ReturnType<typeof setTimeout> | undefined;
/** The mask that was made of the draft last. */
let settled: MaskId | null = null;

/** Starts to follow what a draft was painted on: with that, or where an undo puts another mask in its place, it goes. */
export function startPainting(): void {
  useSession.subscribe((now, before) => {
    // The last stroke is of the clip that a file is opened in the place of.
    if (now.incoming && now.incoming !== before.incoming && resting !== undefined) void settle();
    if (now.encoded !== before.encoded) dropDraft();
    giveAgain();
  });
  useSettings.subscribe((now, before) => {
    if (now.clip !== before.clip) {
      // The last stroke is of the clip that is left.
      if (resting !== undefined) void settle();
      keep(before.clip, before.mask);
    }
    if (now.mask !== before.mask && now.mask !== settled) dropDraft();
    giveAgain();
  });
}

/** Remembers what was painted on a clip until that opens again. */
function keep(clip: string, mask: MaskId | ""): void {
  const kept = new Map(usePainting.getState().kept);
  if (isPainted(mask)) kept.set(clip, mask);
  else kept.delete(clip);
  usePainting.setState({ kept });
}

const isPainted = (id: MaskId | ""): id is MaskId => id !== "" && maskParts(id).name === PAINTED && !!fileOfMask(id);

/** The clip whose mask was looked for last. */
let open: ClipInfo | null = null;

/** Gives the worker again what was painted on a clip that opens: it holds masks of one clip only. */
function giveAgain(): void {
  const [settings, session] = [useSettings.getState(), useSession.getState()];
  if (session.clip === open || !isOpen(settings, session)) return;
  open = session.clip;
  const file = fileOfMask(settings.mask);
  if (file && isPainted(settings.mask)) void hold([file]);
}

/** Whether a mask that stands for a clip of this visit was painted and is in no file. */
export function isMaskUnsaved(): boolean {
  const { kept, unsaved } = usePainting.getState();
  const { clip, mask } = useSettings.getState();
  // What was kept of the clip on show may have been put away since, or painted on.
  return [...new Map<string, MaskId | "">(kept).set(clip, mask).values()].some((id) => id !== "" && unsaved.has(id));
}

/** A mask is saved: nothing is lost with the page. */
export const keepMaskSaved = (id: MaskId): void =>
  usePainting.setState(({ unsaved }) => ({ unsaved: new Set([...unsaved].filter((one) => one !== id)) }));

function dropDraft(): void {
  clearTimeout(resting);
  resting = undefined;
  if (usePainting.getState().draft) usePainting.setState({ draft: null });
}

/** Takes a mask of the open clip: one file, or numbered pictures. */
export async function bringMask(files: readonly File[]): Promise<void> {
  const held = await hold(files);
  if (!held) return;
  const { name } = maskParts(held.id);
  if (!isOfShown(held)) return tell(`The mask “${name}” was taken for the clip before: drop it again for this one.`);
  show(held.id);
  if (held.empty) {
    tell(
      `The mask “${name}” marks nothing, so M-TSA asks no token: of pictures what is not black is marked, of numbers what is not 0.`,
    );
  }
}

/** Has the worker hold a mask. */
async function hold(files: readonly File[]): Promise<BroughtMask | undefined> {
  const held = await request({ type: "bring-mask", files });
  if (held && files.length === 1)
    usePainting.setState(({ files: before }) => ({ files: new Map(before).set(held.id, files[0]) }));
  return held;
}

/** Whether a mask is of the clip on show, and no other was chosen while it was read: there it would be missing. */
function isOfShown({ clip }: BroughtMask): boolean {
  const session = useSession.getState();
  return isOpen(useSettings.getState(), session) && session.clip?.contentHash === clip;
}

function show(id: MaskId): void {
  const { mask, view } = useSettings.getState();
  const { hash } = maskParts(id);
  const again = mask !== "" && maskParts(mask).hash === hash;
  if (again) {
    // Of the frames that are looked at now, which may be others than they were.
    loseWhere((asked) => mentions(asked, `mask:${hash}:`));
    useComparison.setState({ chance: null, layers: null });
    // A link that waits for this file says all else, and names it perhaps as it was called elsewhere.
    if (useSession.getState().failure) {
      retry();
      return;
    }
    retryFailed();
  }
  const shown = VIEWS[view].drop === "judged" || view === "bench" ? "explore" : view;
  setSettings({ mask: again ? mask : id, showMask: true, view: shown });
}

/** The motion's mask again. */
export function putMaskAway(): void {
  dropDraft();
  usePainting.setState({ on: false });
  setSession({ failure: null });
  setSettings({ mask: "" });
  retry();
}

/** Begins or ends painting, on what the mask is now. A press either paints or marks points. */
export function setPaintingOn(on: boolean): void {
  if (on) {
    setSettings({ showMask: true });
    useTruth.setState({ marking: false });
  } else if (resting !== undefined) void settle();
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
  const { encoded, clip, opened } = useSession.getState();
  if (!draft || !encoded) return;
  const { F, H, W } = encoded.grid;
  if (draft.length !== F * H * W) return;
  const { mask: before } = useSettings.getState();
  const about = { frame_indices: encoded.frames.map(({ index }) => index).join() };
  const bytes = writeSafetensors({ mask: { dtype: "U8", shape: [F, H, W], data: draft } }, about);
  const held = await hold([new File([bytes], `${PAINTED}.safetensors`)]);
  if (!held) return;
  usePainting.setState(({ unsaved }) => ({ unsaved: new Set(unsaved).add(held.id) }));
  const { mask, clip: chosen } = useSettings.getState();
  // The worker had opened another clip by then.
  if (!opened || held.clip !== clip?.contentHash) return;
  if (opened !== chosen) return keep(opened, held.id);
  // Meanwhile another window was encoded, or another mask than a stroke's before came in its place. While a file is opened the clip is
  // still this one, which keeps what is shown when it is left.
  if (useSession.getState().encoded !== encoded) return;
  if (mask !== before && mask !== settled) return;
  settled = held.id;
  show(held.id);
}

/** A mask's file; undefined where it was brought as several, or in another visit. */
export const fileOfMask = (id: MaskId | ""): File | undefined =>
  id === "" ? undefined : usePainting.getState().files.get(id);
