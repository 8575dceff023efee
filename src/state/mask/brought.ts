import type { Settings } from "../settings.ts";

/** The mask that a request names, where the user has one. */
export const broughtMask = ({ mask }: Pick<Settings, "mask">) => (mask === "" ? {} : { brought: mask });
