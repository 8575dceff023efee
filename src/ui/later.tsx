import { type ComponentType, lazy } from "react";
import { MissingPart } from "./page/MissingPage.tsx";

/** A part of the page that comes when it is first shown; where its file does not come, a panel that says so. */
export const later = <P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> =>
  lazy(() =>
    load().then(
      (Part) => ({ default: Part }),
      (): { default: ComponentType<P> } => ({ default: MissingPart }),
    ),
  );
