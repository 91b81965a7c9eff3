// One broadcast: what is filmed becomes parts, and parts go to the server while they grow.

import { Beats, type Prompt } from "./beats";
import type { Camera } from "./camera";
import { LiveDoor, type Limits } from "./door";
import { chooseFormat } from "./format";
import { Ladder } from "./ladder";
import { Part, type KeptPart, type Kind, type Why } from "./part";
import { PlaceTrack, type PlaceTrouble } from "./place";
import { Recording } from "./recording";
import * as shelf from "./shelf";
import { Uploader } from "./uploader";

export type Ending = "citizen" | "staff" | "consent" | "limit" | "silence" | "closed";

export interface Audience {
  prompted(prompt: Prompt): void;
  placeTroubled(trouble: PlaceTrouble): void;
  /** It is over, by whoever's will; what was kept may still be on its way. */
  over(ending: Ending): void;
}

const BACKLOG_MS = 4_000;
const TICK_MS = 250;
/** A picture has its size after so long. */
const STEADY_MS = 700;
const DEAF_MS = 5_000;

export class Broadcast {
  readonly uploader: Uploader;
  beats: Beats | null = null;
  place: PlaceTrack | null = null;
  ending: Ending | null = null;
  readonly door: LiveDoor;
  #recording: Recording | null = null;
  #why: Why = "start";
  #filmed: Part | null = null;
  #size: string | null = null;
  #ladder = new Ladder(performance.now());
  #ticking = 0;
  /** When a chunk was held last, of `performance.now()`. */
  #fed = performance.now();
  /** Recorders and a track that were told to stop, and may still hand something over. */
  #stopping: Promise<unknown> = Promise.resolve();
  #filmedAll = false;

  constructor(
    readonly kept: shelf.KeptSession,
    readonly limits: Limits,
    readonly camera: Camera,
    readonly audience: Audience,
  ) {
    this.door = new LiveDoor(kept.token);
    const told = {
      flowed: (back: boolean) => this.#flowed(back),
      closed: () => this.over("closed"),
      settled: (part: Part) => this.#settled(part),
    };
    this.uploader = new Uploader(this.door, limits.patch_bytes, told, () => this.#recording !== null);
  }

  /** Whether it is over, and the server has all of it, or takes nothing more. */
  get settled(): boolean {
    return this.#filmedAll && (this.ending === "closed" || this.uploader.settled);
  }

  /** Whether the recorder has given nothing for so long that nobody can be said to see anything. */
  get deaf(): boolean {
    return this.#recording !== null && performance.now() - this.#fed > DEAF_MS;
  }

  /** Take up again what was kept before the page went. */
  recall(parts: Part[]): void {
    for (const part of parts) this.uploader.add(part, true);
  }

  /** Film what the camera shows, from now on. */
  film(why: Why): void {
    this.#fed = performance.now();
    this.#record(why);
    const facts = () => ({ behind_ms: Math.round(this.uploader.behind), pending_bytes: this.uploader.pending });
    const over = (state: "ended" | "closed", how: string | null) =>
      this.over(state === "closed" ? "closed" : ((how ?? "staff") as Ending));
    const prompted = (prompt: Prompt) => this.audience.prompted(prompt);
    this.beats = new Beats(this.door, { facts, over, prompted }, this.kept.read);
    this.#ticking = window.setInterval(() => this.#tick(), TICK_MS);
    this.camera.preview.addEventListener("resize", () => this.#turned());
  }

  /** The camera's stream is another one. */
  refilm(): void {
    if (this.#recording) this.#record("camera");
  }

  sharePlace(): void {
    this.place ??= new PlaceTrack(
      {
        newPlace: () => this.#newPart("place", "application/jsonl", Date.now(), "start"),
        began: () => this.kept.filmed ?? Date.now(),
        hold: (part) => this.uploader.add(part),
        ready: () => this.uploader.wake(),
      },
      (trouble) => this.audience.placeTroubled(trouble),
    );
  }

  keepPlace(): void {
    this.#wait(this.place?.stop());
    this.place = null;
  }

  /** The person has read what staff asked. */
  saw({ sequence }: Prompt): void {
    this.kept.read = Math.max(this.kept.read, sequence);
    void shelf.keepSession(this.kept);
    this.beats?.saw(sequence);
  }

  /** Film no more. What was filmed goes on to the server, as long as that takes anything. */
  over(ending: Ending): void {
    if (this.ending === "closed" || (this.ending && ending !== "closed")) return;
    const first = this.ending === null;
    this.ending = ending;
    if (ending === "closed") this.uploader.stop();
    if (first) void this.#end();
    this.audience.over(ending);
  }

  async #end(): Promise<void> {
    clearInterval(this.#ticking);
    this.beats?.stop();
    this.keepPlace();
    this.#wait(this.#recording?.stop());
    this.#recording = null;
    await this.#stopping; // whichever part still begins is counted, and kept before anything is let go of
    this.camera.close();
    this.kept.ended = true;
    await shelf.keepSession(this.kept);
    this.uploader.end(this.kept.parts);
    this.#filmedAll = true;
  }

  #record(why: Why): void {
    // The old one stops and the new one starts in one go: no moment is missing between them.
    this.#wait(this.#recording?.stop());
    this.#size = null;
    this.#why = why;
    this.#filmed = null;
    const sound = this.camera.stream.getAudioTracks().length > 0;
    const format = chooseFormat((mime) => MediaRecorder.isTypeSupported(mime), navigator.userAgent, sound);
    if (!format) throw new Error("a browser that was asked before can record nothing now");
    this.#recording = new Recording(this.camera.stream, format, this.#ladder.rung.bits, {
      newPart: (mime, began) => this.#filmedPart(mime, began),
      ready: () => {
        this.#fed = performance.now();
        this.uploader.wake();
      },
      broke: (recording) => recording === this.#recording && this.camera.again(),
    });
  }

  #filmedPart(mime: string, began: number): Part {
    this.kept.filmed ??= began;
    const part = new Part(this.#newPart("film", mime, began, this.#why));
    this.#filmed = part;
    this.uploader.add(part);
    return part;
  }

  #newPart(kind: Kind, mime: string, began: number, why: Why): KeptPart {
    this.kept.parts += 1;
    void shelf.keepSession(this.kept);
    return { session: this.kept.id, sequence: this.kept.parts, kind, mime, began, why };
  }

  /** Something arrived: time to see how it goes. */
  #flowed(back: boolean): void {
    if (!this.#recording || !this.#filmed) return;
    const { behind, pace, backlog } = this.uploader;
    const now = performance.now();
    if (back) {
      // The signal was away: that says nothing about how much it carries.
      this.#ladder.rest(now);
      if (behind > BACKLOG_MS) this.#record("backlog");
    } else if (this.#ladder.changes({ now, behind, bytesPerSecond: pace, backlog })) {
      void this.#adapt();
    } else if (behind > BACKLOG_MS) {
      this.#record("backlog");
    }
  }

  /** Another bit rate, and as many lines as fit it. */
  async #adapt(): Promise<void> {
    this.#size = null; // it changes, and that is no turn of the phone
    await this.camera.scale(this.#ladder.rung.lines);
    if (this.#recording) this.#record("bitrate");
  }

  async #settled(part: Part): Promise<void> {
    const others = this.kept.arrived.filter(({ sequence }) => sequence !== part.sequence);
    if (part.lost) return;
    const { sequence, acknowledged, surpassed } = part;
    const chain = surpassed ? "" : await part.chain.hex();
    this.kept.arrived = [...others, { sequence, bytes: acknowledged, chain }];
    await shelf.keepSession(this.kept);
  }

  #wait(stopping: Promise<void> | undefined): void {
    this.#stopping = Promise.all([this.#stopping, stopping]);
  }

  #tick(): void {
    const recording = this.#recording;
    if (!recording) return;
    if (recording.age > 60_000 * this.limits.part_minutes) return this.#record("minutes");
    if (Date.now() - this.kept.began > 60_000 * this.limits.minutes) return this.over("limit");
    if (this.#size === null && recording.age > STEADY_MS) this.#size = this.#shown();
    const deaf = performance.now() - recording.heard > DEAF_MS;
    if (deaf && document.visibilityState === "visible") {
      recording.heard = performance.now();
      this.camera.again();
    }
  }

  #turned(): void {
    if (this.#recording && this.#size !== null && this.#size !== this.#shown()) this.#record("resize");
  }

  #shown(): string {
    return `${this.camera.preview.videoWidth}x${this.camera.preview.videoHeight}`;
  }
}
