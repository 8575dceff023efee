import type { Page } from "playwright-core";

/** WebGL objects that are alive now, and contexts that are not lost. */
export interface WebglCounts {
  readonly contexts: number;
  readonly textures: number;
  readonly buffers: number;
  readonly programs: number;
}

/** Counts what a page makes and deletes on WebGL, from before its first script on. */
export const countWebgl = (page: Page) =>
  page.addInitScript(() => {
    const counts = { textures: 0, buffers: 0, programs: 0 };
    const contexts: WebGL2RenderingContext[] = [];
    const names = { textures: "Texture", buffers: "Buffer", programs: "Program" } as const;
    for (const [key, name] of Object.entries(names) as [keyof typeof names, "Texture" | "Buffer" | "Program"][]) {
      const prototype = WebGL2RenderingContext.prototype;
      const create = prototype[`create${name}`] as () => unknown;
      const remove = prototype[`delete${name}`] as (object: unknown) => void;
      Object.assign(prototype, {
        [`create${name}`](this: WebGL2RenderingContext) {
          counts[key]++;
          return create.call(this);
        },
        [`delete${name}`](this: WebGL2RenderingContext, object: unknown) {
          counts[key]--;
          remove.call(this, object);
        },
      });
    }
    const getContext = HTMLCanvasElement.prototype.getContext as (
      this: HTMLCanvasElement,
      ...args: unknown[]
    ) => unknown;
    Object.assign(HTMLCanvasElement.prototype, {
      getContext(this: HTMLCanvasElement, ...args: unknown[]) {
        const context = getContext.apply(this, args);
        if (context instanceof WebGL2RenderingContext && !contexts.includes(context)) contexts.push(context);
        return context;
      },
    });
    Object.assign(window, {
      webglCounts: () => ({ ...counts, contexts: contexts.filter((context) => !context.isContextLost()).length }),
    });
  });

export const webglCounts = (page: Page): Promise<WebglCounts> =>
  page.evaluate(() => (window as unknown as { webglCounts(): WebglCounts }).webglCounts());
