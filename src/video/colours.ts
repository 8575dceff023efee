import type { InputVideoTrack } from "mediabunny";

/** From this many rows on, H.264 and VP8 without a label are taken for high definition. */
const HIGH_DEFINITION_ROWS = 720;
const BT709 = { primaries: "bt709", transfer: "bt709", matrix: "bt709" } as const;
const BT601 = { primaries: "smpte170m", transfer: "smpte170m", matrix: "smpte170m" } as const;

/** What a file says of its colours; TypeScript's own type for it lacks the names of wide and high-range ones. */
interface Label {
  readonly primaries?: string | null | undefined;
  readonly transfer?: string | null | undefined;
  readonly matrix?: string | null | undefined;
  readonly fullRange?: boolean | null | undefined;
}

/**
 * Makes a clip whose file does not say which colours it means (ffmpeg's do not, unless asked), or says a part of it only, decode
 * to those that the browser's own player shows. mediabunny completes a label with BT.709; the player throws an incomplete
 * one away and takes the clip for BT.601 or, by its rows, BT.709: 5 levels apart on average and 40 at most. Found pixel for
 * pixel in Chromium for H.264, VP8, VP9 and AV1. This may go when mediabunny asks the player's question itself.
 */
export async function colourAsThePlayer(track: InputVideoTrack): Promise<void> {
  const label = await track.getColorSpace();
  if (isComplete(label)) return;
  const { matrix, fullRange }: Label = label;
  const codec = await track.getCodec();
  const codecHasRange = codec === "vp9" || codec === "av1";
  const highDefinition = !codecHasRange && (await track.getCodedHeight()) >= HIGH_DEFINITION_ROWS;
  const guessed = {
    ...(highDefinition ? BT709 : BT601),
    // Only of H.264's and its like's luma and chroma the player then still believes that they use the full range.
    fullRange: !codecHasRange && matrix !== "rgb" && (fullRange ?? false),
  };
  const original = track.getDecoderConfig.bind(track);
  track.getDecoderConfig = async () => {
    const config = await original();
    return config && { ...config, colorSpace: guessed };
  };
}

/** mediabunny has no name for the transfer functions of BT.470BG and BT.2020: there, a missing one was not read. */
function isComplete({ primaries, transfer, matrix }: Label): boolean {
  const unnamed = primaries === "bt470bg" || primaries === "bt2020";
  return Boolean(primaries && matrix && (transfer || unnamed));
}

/** "PQ" or "HLG" of a clip in high dynamic range; undefined of any other. */
export async function dynamicRange(track: InputVideoTrack): Promise<"PQ" | "HLG" | undefined> {
  const { transfer }: Label = await track.getColorSpace();
  return transfer === "pq" ? "PQ" : transfer === "hlg" ? "HLG" : undefined;
}
