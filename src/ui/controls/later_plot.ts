import { later } from "../later.tsx";

/** A plot whose code comes when the first one is shown: Explore's first picture has none. */
export const LaterPlot = later("the charts", async () => (await import("./LinePlot.tsx")).LinePlot);
