import { HEAT_MAP } from "../../figure/colors.ts";
import { short, ticks } from "../../figure/scale.ts";
import type { SpaceInput, Thread } from "../../scene/space_input.ts";
import { useSettings } from "../../state/settings.ts";
import css from "./SpaceTime.module.css";

/** What each form means. Forms are drawn, not only coloured: rod, beads, wire with rings. */
export function SpaceTimeLegend({ input }: { readonly input: SpaceInput }) {
  const heat = useSettings((settings) => settings.blockHeat);
  const { truths, scale } = input;
  const threads = input.showPaths ? input.threads : [];
  const students = threads.some(({ form }) => form === "beaded");
  const values = ticks(scale);
  return (
    <ul className={css.legend} aria-label="Legend">
      {threads.map((thread) => (
        <li key={`${thread.name} ${thread.query.join()}`}>
          <ThreadSwatch thread={thread} />
          {thread.name}
        </li>
      ))}
      {truths.length > 0 && (
        <li>
          <svg viewBox="0 0 34 14" aria-hidden="true">
            <path d="M2 7H32" stroke="currentColor" />
            <circle cx="10" cy="7" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
            <circle cx="24" cy="7" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
          </svg>
          truth
        </li>
      )}
      {threads.length > 0 && (
        <>
          <li>
            <svg viewBox={`0 0 ${students ? 34 : 14} 14`} data-narrow={!students} aria-hidden="true">
              <circle cx="7" cy="7" r="4" fill="currentColor" />
              {students && <path d="M24 2l5 5-5 5-5-5z" fill="currentColor" />}
            </svg>
            best match in a frame
          </li>
          <li>thin thread: sure · wide, pale cloud: unsure (one standard deviation)</li>
        </>
      )}
      {heat !== "off" && (
        <li className={css.scale}>
          <span>{short(values[0])}</span>
          <svg viewBox="0 0 64 8" preserveAspectRatio="none" aria-hidden="true">
            {Array.from({ length: 32 }, (_, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a step of the bar is its index
              <rect key={i} x={2 * i} width="2.2" height="8" fill={HEAT_MAP.css(i / 31)} />
            ))}
          </svg>
          <span>{short(values[values.length - 1])}</span>
          <span>p of {input.heat.name}</span>
        </li>
      )}
    </ul>
  );
}

function ThreadSwatch({ thread: { form, color } }: { readonly thread: Thread }) {
  return (
    <svg viewBox="0 0 34 14" aria-hidden="true">
      {form === "solid" ? (
        <>
          <rect x="2" y="1" width="30" height="12" rx="6" fill={color} opacity="0.25" />
          <path d="M2 7H32" stroke={color} strokeWidth="3" strokeLinecap="round" />
        </>
      ) : (
        <>
          <path d="M2 1h6v12H2zM14 1h6v12h-6zM26 1h6v12h-6z" fill={color} opacity="0.25" />
          {[5, 11, 17, 23, 29].map((x) => (
            <circle key={x} cx={x} cy="7" r="2.4" fill={color} stroke="currentColor" strokeWidth="0.8" />
          ))}
        </>
      )}
    </svg>
  );
}
