/** The twelve templates. Their sentences are in `grammar.ts`. */
import type { TemplateName } from "../types.ts";
import { bounce } from "./bounce.ts";
import { collide } from "./collide.ts";
import { hitBox } from "./hit_box.ts";
import { slideOff } from "./slide_off.ts";
import type { Template } from "./template.ts";

export const TEMPLATES: Readonly<Partial<Record<TemplateName, Template>>> = {
  collide,
  "hit-box": hitBox,
  bounce,
  "slide-off": slideOff,
};
