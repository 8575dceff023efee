import {
  BufferSource,
  BufferTarget,
  EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
} from "mediabunny";

/** A unit that decoders pass over, with its length before it as MP4 has it: H.264's own padding. */
function filler(bytes: number): Uint8Array {
  const unit = new Uint8Array(4 + bytes).fill(0xff);
  new DataView(unit.buffer).setUint32(0, bytes);
  unit[4] = 12;
  unit[bytes + 3] = 0x80;
  return unit;
}

/** An H.264 clip with every frame padded by `bytes`: the same pictures in a file so large that nobody keeps all of it. */
export async function padded(mp4: Uint8Array, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const track = await new Input({ source: new BufferSource(mp4), formats: [MP4] }).getPrimaryVideoTrack();
  const decoderConfig = await track?.getDecoderConfig();
  if (!track || !decoderConfig) throw new Error("the clip has no pictures");
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: "in-memory" }), target });
  const source = new EncodedVideoPacketSource("avc");
  output.addVideoTrack(source);
  await output.start();
  const more = filler(bytes);
  for await (const packet of new EncodedPacketSink(track).packets()) {
    const data = new Uint8Array(packet.data.length + more.length);
    data.set(packet.data);
    data.set(more, packet.data.length);
    await source.add(new EncodedPacket(data, packet.type, packet.timestamp, packet.duration), { decoderConfig });
  }
  await output.finalize();
  if (!target.buffer) throw new Error("nothing was written");
  return new Uint8Array(target.buffer);
}
