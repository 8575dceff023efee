// Clips as video files: the browser has the encoder, so frames go through the app's headless page.
import { MachineError } from "./command.mjs";
import { withHeadlessPage } from "./page.mjs";

/** A clip's 16 frames are 1.07 s, as fast as the world's gravity looks natural. */
const FRAMES_PER_SECOND = 15;

/**
 * Opens the page once and hands `use` a function from frames U8 [T, size, size, 3] to an MP4 file. `use` itself ends when the user
 * stops the command.
 * @template T
 * @param {(toMp4: (frames: Uint8Array, size: number, scale: number) => Promise<Buffer>) => Promise<T>} use
 * @returns {Promise<T>}
 */
export function withMp4Encoder(use) {
  const withPage = (page) =>
    use(async (frames, size, scale) => {
      const request = {
        frames: Buffer.from(frames).toString("base64"),
        size,
        scale,
        framesPerSecond: FRAMES_PER_SECOND,
      };
      const { file, extension } = await page.evaluate((sent) => window.tempered.recordFrames(sent), request);
      if (extension !== "mp4")
        throw new MachineError(`this Chromium encodes no H.264, only ${extension}: set CHROMIUM_PATH to one that does`);
      return Buffer.from(file, "base64");
    });
  return withHeadlessPage(withPage, { keepsOn: true });
}
