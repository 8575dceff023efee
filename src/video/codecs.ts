import type { InputVideoTrack } from "mediabunny";

/** What a clip may be converted to; a codec that this browser lacks altogether is no remedy for itself. */
const COMMON = { avc: "H.264", vp9: "VP9", av1: "AV1" } as const;

/** "avc (avc1.64001e)": the family, and the full string where the file has one. */
export async function describeCodec(track: InputVideoTrack): Promise<string> {
  const family = await track.getCodec();
  if (!family) return `the codec "${(await track.getInternalCodecId()) ?? "unknown"}"`;
  const full = await track.getCodecParameterString();
  return full && full !== family ? `${family} (${full})` : family;
}

/** The sentence of a codec that this browser cannot decode. */
export async function undecodable(track: InputVideoTrack, name: string): Promise<string> {
  const kind = unusualPixels((await track.getCodecParameterString()) ?? "");
  const family = await track.getCodec();
  const others = Object.entries(COMMON).flatMap(([other, title]) => (other === family ? [] : [title]));
  const remedy = kind
    ? `convert it to 8 bits and 4:2:0 (ffmpeg -i "${name}" -pix_fmt yuv420p clip.mp4)`
    : `convert it to ${others.slice(0, -1).join(", ")} or ${others.at(-1)}`;
  return `this browser cannot decode ${await describeCodec(track)}${kind ? `, ${kind},` : ","} which ${name} uses; ${remedy}`;
}

/** "10 bits a sample", "4:4:4": by which a codec string is of a kind that decoders often leave out; undefined where it is not. */
function unusualPixels(codec: string): string | undefined {
  const [name, ...parts] = codec.split(".");
  switch (name) {
    case "avc1":
    case "avc3":
      return { "6e": "10 bits a sample", "7a": "4:2:2", f4: "4:4:4" }[parts[0].slice(0, 2).toLowerCase()];
    case "hvc1":
    case "hev1":
      return parts[0] === "2" ? "10 bits a sample" : undefined;
    case "vp09":
      return parts[0] === "01" || parts[0] === "03" ? "4:4:4 or 4:2:2" : bits(parts[2]);
    case "av01":
      return parts[0] === "0" ? bits(parts[2]) : "4:4:4 or 4:2:2";
    default:
      return undefined;
  }
}

const bits = (text: string | undefined) => (Number(text) > 8 ? `${Number(text)} bits a sample` : undefined);
