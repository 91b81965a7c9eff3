// Takes a WebM stream apart as it comes in (Matroska, RFC 9559): tracks first, then frame after frame.
import { children, element, float, uint, vint } from "./ebml";

export type Track = {
  number: number;
  kind: "video" | "audio" | "other";
  codec: string;
  setup: Uint8Array<ArrayBuffer> | undefined;
  rate: number;
  channels: number;
};

/** One encoded picture or piece of sound; `ms` counts from the part's beginning. */
export type Frame = { track: number; ms: number; key: boolean; data: Uint8Array<ArrayBuffer> };

const ID = {
  ebml: 0x1a45dfa3, segment: 0x18538067, info: 0x1549a966, tracks: 0x1654ae6b, cluster: 0x1f43b675,
  timescale: 0x2ad7b1, timestamp: 0xe7, simpleBlock: 0xa3, group: 0xa0, block: 0xa1, reference: 0xfb,
  track: 0xae, number: 0xd7, type: 0x83, codec: 0x86, setup: 0x63a2, audio: 0xe1, rate: 0xb5, channels: 0x9f,
};

export class Demuxer {
  private pending: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private cluster = 0;
  private msPerTick = 1;

  constructor(
    private readonly onTracks: (tracks: Track[]) => void,
    private readonly onFrame: (frame: Frame) => void,
  ) {}

  /** Take the next bytes of the stream. Throws where they are no WebM. */
  push(piece: Uint8Array): void {
    const data = new Uint8Array(this.pending.length + piece.length);
    data.set(this.pending);
    data.set(piece, this.pending.length);
    let at = 0;
    for (;;) {
      const head = element(data, at);
      if (!head) break;
      // What holds others is entered; everything else is waited for.
      if (head.id === ID.segment || head.id === ID.cluster) {
        at = head.begins;
        continue;
      }
      if (head.size < 0) throw new Error("This is no WebM that we know.");
      if (head.begins + head.size > data.length) break;
      this.take(head.id, data.subarray(head.begins, head.begins + head.size));
      at = head.begins + head.size;
    }
    this.pending = data.subarray(at);
  }

  private take(id: number, content: Uint8Array<ArrayBuffer>): void {
    if (id === ID.timestamp) this.cluster = uint(content);
    else if (id === ID.simpleBlock) this.block(content, (flags) => (flags & 0x80) !== 0);
    else if (id === ID.tracks) this.onTracks(Array.from(tracksIn(content)));
    else if (id === ID.info) {
      for (const [child, value] of children(content)) if (child === ID.timescale) this.msPerTick = uint(value) / 1e6;
    } else if (id === ID.group) {
      const inside = new Map(children(content));
      const block = inside.get(ID.block);
      if (block) this.block(block as Uint8Array<ArrayBuffer>, () => !inside.has(ID.reference));
    }
  }

  private block(content: Uint8Array<ArrayBuffer>, isKey: (flags: number) => boolean): void {
    const track = vint(content, 0);
    if (!track || content.length < track[1] + 3) throw new Error("This block is cut short.");
    const [number, at] = track;
    const ticks = this.cluster + new DataView(content.buffer, content.byteOffset).getInt16(at);
    this.onFrame({ track: number, ms: ticks * this.msPerTick, key: isKey(content[at + 2]!), data: content.subarray(at + 3) });
  }
}

function* tracksIn(content: Uint8Array): Generator<Track> {
  for (const [id, entry] of children(content)) {
    if (id !== ID.track) continue;
    const about = new Map(children(entry));
    const audio = new Map(about.has(ID.audio) ? children(about.get(ID.audio)!) : []);
    const type = uint(about.get(ID.type) ?? new Uint8Array(0));
    const setup = about.get(ID.setup);
    yield {
      number: uint(about.get(ID.number) ?? new Uint8Array(0)),
      kind: type === 1 ? "video" : type === 2 ? "audio" : "other",
      codec: new TextDecoder().decode(about.get(ID.codec)),
      setup: setup && new Uint8Array(setup),
      rate: audio.has(ID.rate) ? float(audio.get(ID.rate)!) : 48_000,
      channels: audio.has(ID.channels) ? uint(audio.get(ID.channels)!) : 1,
    };
  }
}
