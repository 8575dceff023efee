import { loadPart } from "../site/files.ts";
import type { KeptReplies } from "./protocol/kept.ts";

const load = () => loadPart("the kept clips", () => import("../data/kept.ts"));

export async function keptClips(): Promise<KeptReplies["kept-clips"]> {
  return (await load()).listKept();
}

export async function removeKeptClips(name: string | null): Promise<KeptReplies["kept-clips-remove"]> {
  const { listKept, removeKept } = await load();
  await removeKept(name);
  return listKept();
}
