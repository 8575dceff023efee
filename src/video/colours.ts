import type { InputVideoTrack } from "mediabunny";

/** From this many rows on, H.264 and VP8 without a label are taken for high definition. */
const HIGH_DEFINITION_ROWS = 720;

/**
 * Makes a clip whose file does not say which colours it means (ffmpeg's do not, unless asked) decode to those that the browser's
 * own player shows. mediabunny takes every such clip for BT.709, which is off by 5 levels on average and by 40 at most where
 * the player takes it for BT.601: found pixel for pixel in Chromium for H.264, VP8, VP9 and AV1 at 704 and 720 rows. Partial
 * labels are mediabunny's to complete. This may go when mediabunny asks the player's question itself.
 */
export async function colourAsThePlayer(track: InputVideoTrack): Promise<void> {
  const { primaries, transfer, matrix, fullRange } = await track.getColorSpace();
  if (primaries || transfer || matrix) return;
  const codec = await track.getCodec();
  const guessedByRows = codec !== "vp9" && codec !== "av1";
  if (guessedByRows && (await track.getCodedHeight()) >= HIGH_DEFINITION_ROWS) return;

  const original = track.getDecoderConfig.bind(track);
  track.getDecoderConfig = async () => {
    const config = await original();
    const smpte170m = { primaries: "smpte170m", transfer: "smpte170m", matrix: "smpte170m" } as const;
    return config && { ...config, colorSpace: { ...smpte170m, fullRange: fullRange ?? false } };
  };
}
