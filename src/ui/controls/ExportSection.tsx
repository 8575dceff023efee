import { type ReactNode, useId } from "react";
import controls from "./controls.module.css";
import css from "./ExportSection.module.css";
import popover from "./Popover.module.css";
import rail from "./Rail.module.css";

interface ExportSectionProps {
  /** What is wanted most, and whatever opens a composer: a dialog cannot stand in a menu that closes. */
  readonly children: ReactNode;
  /** All other files, in groups. */
  readonly files: ReactNode;
}

/** What leaves the page, and what comes back: at the foot of the rail, in view wherever the rail is scrolled to. */
export function ExportSection({ children, files }: ExportSectionProps) {
  const id = useId();
  return (
    <section className={css.foot} aria-label="Export">
      <div className={rail.row}>
        {children}
        <button type="button" className={controls.button} popoverTarget={id}>
          Files <span aria-hidden="true">▴</span>
        </button>
      </div>
      <div id={id} popover="auto" className={`${popover.panel} ${css.files}`} role="dialog" aria-label="Files">
        {files}
      </div>
    </section>
  );
}

interface FileGroupProps {
  readonly title: string;
  /** What the files hold, where their names do not say it. */
  readonly about?: string;
  readonly children: ReactNode;
}

/** Files of one kind. */
export function FileGroup({ title, about, children }: FileGroupProps) {
  return (
    <>
      <h2>{title}</h2>
      {about && <p>{about}</p>}
      <div className={rail.row}>{children}</div>
    </>
  );
}
