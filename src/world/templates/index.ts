/** The twelve templates. Their sentences are in `grammar.ts`. */
import type { TemplateName } from "../types.ts";
import { bounce } from "./bounce.ts";
import { collide } from "./collide.ts";
import { drag } from "./drag.ts";
import { drop } from "./drop.ts";
import { float } from "./float.ts";
import { hitBox } from "./hit_box.ts";
import { mix } from "./mix.ts";
import { overturn } from "./overturn.ts";
import { pour } from "./pour.ts";
import { sink } from "./sink.ts";
import { slideOff } from "./slide_off.ts";
import { stream } from "./stream.ts";
import type { Template } from "./template.ts";

export const TEMPLATES: Readonly<Record<TemplateName, Template>> = {
  collide,
  "hit-box": hitBox,
  bounce,
  "slide-off": slideOff,
  sink,
  float,
  pour,
  drag,
  mix,
  overturn,
  drop,
  stream,
};
