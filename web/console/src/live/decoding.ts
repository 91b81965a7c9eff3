// One part of WebM, from its bytes to canvas and loudspeaker, by WebCodecs.
import { bytesOf, type From } from "./bytes";
import { audioConfig, videoConfig } from "./codecs";
import { Pace } from "./pace";
import { Picture } from "./picture";
import type { Running } from "./running";
import { Sound } from "./sound";
import { Demuxer, type Frame, type Track } from "./webm";

// Who looks back takes no more ahead than this.
const ENOUGH_MS = 5000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const canDecode = (): boolean => "VideoDecoder" in window;

export class Decoding implements Running {
  readonly canvas = document.createElement("canvas");
  private readonly stopping = new AbortController();
  private readonly pace = new Pace();
  private readonly picture: Picture;
  private sound: Sound | undefined;
  private tracks: Track[] = [];
  private base: number | undefined;
  private newest = 0;
  private shown: () => void = () => undefined;
  private paused: number | undefined;
  readonly element: HTMLElement = this.canvas;
  readonly first = new Promise<void>((resolve) => (this.shown = resolve));

  constructor(
    private readonly address: string,
    private readonly mime: string,
    private readonly from: From,
    private readonly context: () => AudioContext | undefined,
  ) {
    this.picture = new Picture(this.canvas, (ms) => this.due(ms));
    this.picture.onFirst = () => this.shown();
    this.picture.onFault = () => this.stopping.abort(new Error("The pictures cannot be decoded."));
  }

  /** Show the part until it is over, or `close`; throws what keeps it from being shown. */
  async run(): Promise<void> {
    const demuxer = new Demuxer((tracks) => this.setUp(tracks), (frame) => this.take(frame));
    for await (const piece of bytesOf(this.address, this.from, this.stopping.signal)) {
      demuxer.push(piece);
      while (this.from !== "live" && this.picture.ahead() > ENOUGH_MS && !this.stopping.signal.aborted) await pause(100);
    }
    while (!this.picture.idle && !this.stopping.signal.aborted) await pause(20);
    this.stopping.signal.throwIfAborted();
  }

  close(): void {
    this.stopping.abort();
    this.picture.close();
    this.sound?.close();
  }

  get shownMs(): number | undefined {
    return this.picture.shownMs;
  }

  /** How far what is on show lies behind the newest picture, and that behind how soon one came at best, in ms. */
  get lagMs(): number {
    return this.shownMs === undefined ? 0 : Math.max(0, this.newest - this.shownMs) + (this.from === "live" ? this.pace.worse : 0);
  }

  /** Hold the picture, or let it go on from there. */
  hold(): void {
    const now = performance.now();
    if (this.paused === undefined) this.paused = now;
    else {
      if (this.base !== undefined) this.base += now - this.paused;
      this.paused = undefined;
    }
  }

  private setUp(tracks: Track[]): void {
    this.tracks = tracks;
    const film = tracks.find((track) => track.kind === "video");
    const config = film && videoConfig(film, this.mime);
    if (!config) throw new Error("This browser does not know how these pictures are made.");
    this.picture.setUp(config);
  }

  private take(frame: Frame): void {
    const track = this.tracks.find(({ number }) => number === frame.track);
    if (track?.kind === "audio") this.hear(track, frame);
    if (track?.kind !== "video") return;
    const now = performance.now();
    this.newest = Math.max(this.newest, frame.ms);
    if (this.from === "live") this.pace.arrived(frame.ms, now);
    else this.base ??= now - frame.ms;
    this.picture.take(frame);
  }

  private hear(track: Track, frame: Frame): void {
    const context = this.context();
    const config = context && audioConfig(track);
    if (!config || !("AudioDecoder" in window)) return;
    if (!this.sound) {
      this.sound = new Sound((ms) => this.due(ms));
      this.sound.setUp(config, context);
    }
    this.sound.take(frame);
  }

  private due(ms: number): number {
    if (this.paused !== undefined) return Infinity;
    return this.from === "live" ? this.pace.due(ms) : ms + (this.base ?? 0);
  }
}
