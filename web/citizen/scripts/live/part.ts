// One part: chunks as the recorder gave them, those that the server does not have yet also in memory.

import { Chain } from "./chain";
import * as shelf from "./shelf";

export type Kind = "film" | "place";
export type Why = "start" | "resize" | "camera" | "bitrate" | "backlog" | "minutes" | "resumed";

/** What stays on the device of a part until the server has all of it. */
export interface KeptPart {
  session: string;
  sequence: number;
  kind: Kind;
  mime: string;
  /** When its recorder was started, in milliseconds since 1970. */
  began: number;
  why: Why;
}

interface Chunk {
  index: number;
  from: number;
  length: number;
  /** When it was made. */
  at: number;
  /** Null where it lies on the shelf alone. */
  bytes: ArrayBuffer | null;
}

/** Beyond so much that waits, of all parts, a phone's memory is spared: the shelf alone holds the rest. */
const MOST_IN_MEMORY = 64 * 2 ** 20;
let inMemory = 0;

export class Part {
  /** Bytes that the recorder gave. */
  bytes = 0;
  /** Bytes that the server has. */
  acknowledged = 0;
  /** No chunk follows any more. */
  ended = false;
  /** The server has it, knows its end, and its chain. */
  settled = false;
  /** The server would not have all of it, or has something else. */
  lost = false;
  /** Where it goes; null until the server has opened it. */
  location: string | null = null;
  readonly chain = new Chain();
  #waiting: Chunk[] = [];
  #chunks = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(readonly kept: KeptPart) {}

  /** Take a part up again as it lies on the shelf, and leave its bytes there: nothing follows. */
  static async recalled(kept: KeptPart, chunks: AsyncIterable<ArrayBuffer>): Promise<Part> {
    const part = new Part(kept);
    for await (const bytes of chunks) {
      part.#hold(part.#chunks++, bytes, 0, false);
      await part.chain.hex(); // hashed before the next is read: a phone has no memory for all of them
    }
    part.ended = true;
    return part;
  }

  get sequence(): number {
    return this.kept.sequence;
  }

  /** Bytes that are only here. */
  get pending(): number {
    return Math.max(0, this.bytes - this.acknowledged);
  }

  /** Whether the server has more than lies here: what could not be kept before the page went. */
  get surpassed(): boolean {
    return this.acknowledged > this.bytes;
  }

  /** When the oldest byte was made that the server does not have; null where it has all. */
  get waitingSince(): number | null {
    return this.#waiting[0]?.at ?? null;
  }

  /** Keep a chunk first, then let it be sent: what the server knows of, a killed browser knows of as well. */
  add(bytes: ArrayBuffer, ready: () => void): void {
    const index = this.#chunks++;
    const at = Date.now();
    this.#turn = this.#turn
      .then(() => (index === 0 ? shelf.keepPart(this.kept) : undefined))
      .then(() => shelf.keepChunk(this.kept, index, bytes))
      .then((kept) => {
        this.#hold(index, bytes, at, !kept || inMemory + bytes.byteLength <= MOST_IN_MEMORY);
        ready();
      });
  }

  /** Nothing follows; resolves once the last chunk is held. */
  end(ready: () => void): Promise<void> {
    this.#turn = this.#turn.then(() => {
      this.ended = true;
      ready();
    });
    return this.#turn;
  }

  /** The next bytes for the server, at most so many. */
  async next(most: number): Promise<Uint8Array<ArrayBuffer>> {
    const taken = new Uint8Array(Math.min(most, this.pending));
    let filled = 0;
    for (const chunk of this.#waiting) {
      if (filled === taken.byteLength) break;
      const bytes = chunk.bytes ?? (await shelf.chunkOf(this.kept, chunk.index));
      if (!bytes) return taken.slice(0, filled); // the shelf is away just now: it is asked again
      const start = Math.max(0, this.acknowledged - chunk.from);
      const piece = new Uint8Array(bytes, start, Math.min(chunk.length - start, taken.byteLength - filled));
      taken.set(piece, filled);
      filled += piece.byteLength;
    }
    return taken;
  }

  /** The server has so many bytes. */
  acknowledge(offset: number): void {
    this.acknowledged = offset;
    const there = ({ from, length }: Chunk) => from + length <= offset;
    for (const chunk of this.#waiting) if (chunk.bytes && there(chunk)) inMemory -= chunk.length;
    this.#waiting = this.#waiting.filter((chunk) => !there(chunk));
  }

  /** The server takes nothing more of it. What it has instead, its chain may tell. */
  giveUp(): void {
    this.lost = true;
    this.acknowledge(this.bytes);
  }

  #hold(index: number, bytes: ArrayBuffer, at: number, remembered: boolean): void {
    this.chain.add(bytes);
    const length = bytes.byteLength;
    if (remembered) inMemory += length;
    this.#waiting.push({ index, from: this.bytes, length, at, bytes: remembered ? bytes : null });
    this.bytes += length;
  }
}
