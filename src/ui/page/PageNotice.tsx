import { tell, usePageNotice } from "../../state/page_notice.ts";
import { Button } from "../controls/controls.tsx";
import css from "./PageNotice.module.css";

/** A sentence over the foot of the page, until it is put away or the next one comes. */
export function PageNotice() {
  const { text } = usePageNotice();
  if (text === null) return null;
  return (
    <div className={css.notice} role="status" data-testid="page-notice">
      <p>{text}</p>
      <Button onClick={() => tell(null)}>Dismiss</Button>
    </div>
  );
}
