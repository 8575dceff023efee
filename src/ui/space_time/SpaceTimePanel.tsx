import { setSettings } from "../../state/settings.ts";
import { Button } from "../controls/controls.tsx";
import css from "./SpaceTime.module.css";
import type { ViewState } from "./view.ts";

/** What stands over the block while there is none to see: loading, a lost context, no WebGL. */
export function SpaceTimePanel({ state, onRetry }: { readonly state: ViewState; readonly onRetry: () => void }) {
  const panes = () => setSettings({ stage: "both" });
  switch (state.kind) {
    case "ready":
      return null;
    case "loading":
      return (
        <div className={css.panel} aria-busy="true">
          <progress aria-label="Loading the block" />
        </div>
      );
    case "lost":
      return (
        <div className={css.panel} role="alert" data-scene="lost">
          <h2>The drawing context was lost</h2>
          <p>
            The graphics driver took back what this block was drawn with. Nothing that was computed is gone; the block
            comes back by itself when the driver does.
          </p>
          <div>
            <Button primary onClick={onRetry}>
              Open it again
            </Button>
            <Button onClick={panes}>Show the panes</Button>
          </div>
        </div>
      );
    case "missing":
      return (
        <div className={css.panel} role="alert" data-scene="missing">
          <h2>A file of this page did not come</h2>
          <p>{state.message}.</p>
          <div>
            <Button primary onClick={() => location.reload()}>
              Reload the page
            </Button>
            <Button onClick={onRetry}>Try again</Button>
            <Button onClick={panes}>Show the panes</Button>
          </div>
        </div>
      );
    case "failed":
      return (
        <div className={css.panel} role="alert" data-scene="failed">
          <h2>The block could not be opened</h2>
          <p>It needs WebGL 2: {state.message}</p>
          <div>
            <Button primary onClick={onRetry}>
              Try again
            </Button>
            <Button onClick={panes}>Show the panes</Button>
          </div>
        </div>
      );
    default:
      return state satisfies never;
  }
}
