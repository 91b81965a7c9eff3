// Our own uploader: the newest part first, so that staff see now; then the place; then, in small pieces, what waited.
// tus-js-client waits for a chunk of its size and cannot go back in a stream, so it serves files alone.

import { LiveDoor, Overtaken, Refused } from "./door";
import type { Part } from "./part";
import * as shelf from "./shelf";

const KIB = 1024;
/** What one request may take: of the newest part, of older ones beside it, and of all once nothing is recorded. */
const NOW_SECONDS = 1;
const BESIDE_SECONDS = 0.25;
const AFTER_SECONDS = 2;
const LEAST = 16 * KIB;
/** Between two tries without a signal: a request that cannot leave the phone costs nobody anything. */
const AWAY_PAUSE_MS = 500;
/** Between two of what a server that has enough to do refused. */
const BUSY_PAUSE_MS = 2_000;
/** Requests smaller than this say more about the way there than about its width. */
const TELLING = 4 * KIB;
const CLOSED = ["live_closed"];

export interface Told {
  /** Something arrived; `back`: for the first time after nothing went through. */
  flowed(back: boolean): void;
  /** The server takes nothing more of this broadcast. */
  closed(): void;
  /** The server has a part, whole. */
  settled(part: Part): Promise<void>;
}

export class Uploader {
  /** Since when nothing goes through; null while it does. */
  awaySince: number | null = null;
  /** What went through lately, in bytes a second; null before anything did. */
  pace: number | null = null;
  #parts: Part[] = [];
  #unsure = new WeakSet<Part>();
  #ending = new WeakSet<Part>();
  /** How many parts there are, once nothing is recorded any more; null again when the server knows. */
  #total: number | null = null;
  #stopped = false;
  #idle: () => void = () => undefined;
  #pause: () => void = () => undefined;

  constructor(
    readonly door: LiveDoor,
    readonly mostBytes: number,
    readonly told: Told,
    readonly recording: () => boolean,
  ) {
    window.addEventListener("online", () => this.#pause());
    void this.#run();
  }

  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** Bytes that are only on this device. */
  get pending(): number {
    return this.#parts.reduce((sum, part) => sum + part.pending, 0);
  }

  /** Whether the server has every part, whole. */
  get settled(): boolean {
    return this.#total === null && this.#parts.every(({ settled }) => settled);
  }

  /** The part that is filmed now, or was last. */
  get newest(): Part | null {
    return [...this.#parts].reverse().find(({ kept }) => kept.kind === "film") ?? null;
  }

  /** How old the oldest byte of the newest part is that the server does not have, in milliseconds. */
  get behind(): number {
    const since = this.newest?.waitingSince;
    return since ? Math.max(0, Date.now() - since) : 0;
  }

  /** Whether older parts of the film still wait. */
  get backlog(): boolean {
    const newest = this.newest;
    return this.#parts.some((part) => part !== newest && part.kept.kind === "film" && part.pending > 0);
  }

  /** Take a part in; one from the shelf may be further at the server. */
  add(part: Part, recalled = false): void {
    this.#parts.push(part);
    if (recalled) this.#unsure.add(part);
    this.wake();
  }

  /** There may be something to send. */
  wake(): void {
    this.#idle();
  }

  /** Nothing is recorded any more: tell the server how many parts there are, and send what is left. */
  end(parts: number): void {
    this.#total = parts;
    this.wake();
  }

  /** Send nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#idle();
    this.#pause();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const part = this.#next();
      if (!part && this.#total === null) {
        await new Promise<void>((resolve) => (this.#idle = resolve));
        continue;
      }
      const began = Date.now();
      try {
        if (this.#total !== null) await this.#sayEnd(this.#total);
        else await this.#advance(part!);
        const back = this.awaySince !== null;
        this.awaySince = null;
        this.told.flowed(back);
      } catch (failure) {
        this.#stumbled(part, failure, began);
        if (failure instanceof Overtaken) continue;
        const busy = failure instanceof Refused && failure.passes;
        await this.#rest(busy ? BUSY_PAUSE_MS : AWAY_PAUSE_MS);
      }
    }
  }

  async #sayEnd(parts: number): Promise<void> {
    await this.door.end(parts);
    this.#total = null;
  }

  #next(): Part | null {
    const waiting = this.#parts.filter((part) => part.pending > 0 || (part.ended && !part.settled));
    const newest = this.newest;
    if (newest && waiting.includes(newest)) return newest;
    return waiting.find(({ kept }) => kept.kind === "place") ?? waiting[0] ?? null;
  }

  /** One request for this part. */
  async #advance(part: Part): Promise<void> {
    if (!part.location) {
      part.location = await this.door.openPart(part.kept);
    } else if (this.#unsure.has(part)) {
      part.acknowledge(await this.door.offsetOf(part.location));
      this.#unsure.delete(part);
    } else if (this.#ending.has(part) && part.pending === 0) {
      // Of what was not kept here nothing is known, and it is there.
      if (!part.surpassed) {
        const holds = await this.door.endPart(part.sequence, part.bytes, part.chain.lengths, await part.chain.hex());
        if (holds !== null) part.lost = !holds;
      }
      part.settled = true;
      await this.told.settled(part);
      await shelf.dropPart(part.kept);
    } else {
      await this.#append(part, part.location);
    }
  }

  async #append(part: Part, location: string): Promise<void> {
    const bytes = await part.next(this.#piece(part));
    if (bytes.byteLength === 0 && part.pending > 0) throw new Error("the shelf is away");
    const after = part.acknowledged + bytes.byteLength;
    const last = part.ended && after >= part.bytes;
    const began = performance.now();
    const offset = await this.door.append(location, part.acknowledged, bytes, last ? after : null);
    part.acknowledge(offset);
    if (last && offset === after) this.#ending.add(part);
    if (bytes.byteLength < TELLING) return;
    const pace = (1000 * bytes.byteLength) / Math.max(1, performance.now() - began);
    // A line that got worse is believed sooner than one that got better.
    const weight = pace < (this.pace ?? pace) ? 0.7 : 0.3;
    this.pace = (1 - weight) * (this.pace ?? pace) + weight * pace;
  }

  #piece(part: Part): number {
    const now = part === this.newest && !part.ended;
    const seconds = !this.recording() ? AFTER_SECONDS : now ? NOW_SECONDS : BESIDE_SECONDS;
    return Math.min(this.mostBytes, Math.max(LEAST, Math.round(seconds * (this.pace ?? LEAST))));
  }

  #stumbled(part: Part | null, failure: unknown, began: number): void {
    if (failure instanceof Overtaken && part) {
      this.#unsure.add(part);
      // The signal was away, and is back; or the line is dead or slow: less at a time, over another.
      if (failure.away) this.awaySince ??= began;
      else this.pace = (this.pace ?? LEAST) / 2;
    } else if (!(failure instanceof Refused) || failure.passes) {
      this.awaySince ??= began;
      if (part) this.#unsure.add(part);
    } else if (CLOSED.includes(failure.code)) {
      this.told.closed();
    } else if (this.#total !== null) {
      this.#total = null; // it was over there already
    } else if (part && failure.status === 409) {
      if (failure.offset === null) this.#unsure.add(part);
      else part.acknowledge(failure.offset);
    } else if (part && part.location !== null && !this.#ending.has(part)) {
      this.#ending.add(part); // the upload is over there
      part.giveUp();
    } else if (part) {
      part.settled = part.lost = true;
    }
  }

  #rest(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#pause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
