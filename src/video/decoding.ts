import { EncodedPacketSink, type InputVideoTrack, VideoSample, VideoSampleSink } from "mediabunny";

type Next = EncodedPacketSink["getNextPacket"];
type Key = EncodedPacketSink["getKeyPacket"];

/**
 * Packets as a decoder that starts at a key frame can take them, in a file of "open GOPs" too: there, pictures that follow a key frame
 * in the file and are shown before it refer to the group before, and a decoder that has not seen that one breaks off at them.
 */
class DecodablePackets extends EncodedPacketSink {
  /** The key frame at which decoding started, and the packet that was given last. */
  #start: Awaited<ReturnType<Next>> = null;
  #given: Awaited<ReturnType<Next>> = null;

  /** Where no key frame is one by the letter of its codec, the one that the file calls so: a group's first picture starts it too. */
  override async getKeyPacket(...[timestamp, options]: Parameters<Key>): ReturnType<Key> {
    const strict = await super.getKeyPacket(timestamp, options);
    return strict ?? super.getKeyPacket(timestamp, { ...options, verifyKeyPackets: false });
  }

  override async getNextPacket(...[packet, options]: Parameters<Next>): ReturnType<Next> {
    if (packet !== this.#given) this.#start = packet;
    const start = this.#start?.timestamp ?? Number.NEGATIVE_INFINITY;
    let next = await super.getNextPacket(packet, options);
    while (next && next.timestamp < start) next = await super.getNextPacket(next, options);
    this.#given = next;
    return next;
  }
}

/** The decoded frames of a track. */
export class FrameSink extends VideoSampleSink {
  readonly #track: InputVideoTrack;

  constructor(track: InputVideoTrack) {
    super(track);
    this.#track = track;
  }

  /** Where the library gets the packets that it decodes from; not in its declarations. */
  _createPacketSink(): EncodedPacketSink {
    return new DecodablePackets(this.#track);
  }

  /** The frames of those times in their order, null where there is none; the caller closes each. */
  async *framesAt(timestamps: readonly number[]): AsyncGenerator<VideoSample | null, void, undefined> {
    const colours = (await this.#track.getDecoderConfig())?.colorSpace;
    for await (const frame of this.samplesAtTimestamps(timestamps)) {
      yield frame?.hasAlpha ? withColours(frame, colours) : frame;
    }
  }
}

/** The library forgets a transparent frame's colours when it puts the frame together from its picture and its mask. */
async function withColours(frame: VideoSample, colorSpace: VideoColorSpaceInit | undefined): Promise<VideoSample> {
  const { format, codedWidth, codedHeight, displayWidth, displayHeight, timestamp, duration, rotation, flip } = frame;
  if (format === null || colorSpace === undefined) return frame;
  const size = { codedWidth, codedHeight, displayWidth, displayHeight };
  try {
    const data = new Uint8Array(frame.allocationSize());
    await frame.copyTo(data);
    return new VideoSample(data, { format, ...size, timestamp, duration, rotation, flip, colorSpace });
  } finally {
    frame.close();
  }
}
