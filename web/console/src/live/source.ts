// One part through a MediaSource: for MP4, and where a browser has no WebCodecs.
import { bytesOf, type From } from "./bytes";
import { withCodecs } from "./mp4";
import type { Running } from "./running";

const WATCH_MS = 350;
// How near to the newest picture a viewer stays; further away it jumps.
const NEAR_S = 0.15;
const FAR_S = 1.5;
const KEEP_S = 30;

declare global {
  interface Window {
    ManagedMediaSource?: typeof MediaSource;
  }
}

const kind = (): typeof MediaSource | undefined => window.ManagedMediaSource ?? window.MediaSource;

/** Whether this browser may play it so; of a bare `video/mp4` the file itself has to tell. */
export const canSource = (mime: string): boolean => (mime.includes("codecs") ? (kind()?.isTypeSupported(mime) ?? false) : kind() !== undefined);

const once = (target: EventTarget, name: string): Promise<Event> =>
  new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));

export class Sourcing implements Running {
  readonly element = document.createElement("video");
  readonly first: Promise<void>;
  private readonly stopping = new AbortController();
  private watchdog = 0;
  private last = { time: -1, at: 0 };
  private held = false;

  constructor(
    private readonly address: string,
    private readonly mime: string,
    private readonly from: From,
  ) {
    const video = this.element;
    video.muted = true;
    video.playsInline = true;
    video.disableRemotePlayback = true; // ManagedMediaSource asks for it
    this.first = once(video, "loadeddata").then(() => undefined);
  }

  async run(): Promise<void> {
    const video = this.element;
    const source = new (kind()!)();
    video.src = URL.createObjectURL(source);
    await once(source, "sourceopen");
    URL.revokeObjectURL(video.src);
    let buffer: SourceBuffer | undefined;
    this.watchdog = window.setInterval(() => this.watch(), WATCH_MS / 2);
    for await (const piece of bytesOf(this.address, this.from, this.stopping.signal)) {
      buffer ??= source.addSourceBuffer(withCodecs(this.mime, piece));
      await this.append(buffer, piece);
      if (video.currentTime === 0 && video.buffered.length > 0) this.start();
    }
    if (source.readyState === "open") source.endOfStream();
    if (!video.ended) await Promise.race([once(video, "ended"), once(this.stopping.signal, "abort")]);
  }

  close(): void {
    this.stopping.abort();
    window.clearInterval(this.watchdog);
    this.element.pause();
    this.element.removeAttribute("src");
    this.element.load();
  }

  get shownMs(): number | undefined {
    return this.element.readyState < HTMLMediaElement.HAVE_CURRENT_DATA ? undefined : this.element.currentTime * 1000;
  }

  get lagMs(): number {
    return Math.max(0, (this.edge() - this.element.currentTime) * 1000);
  }

  hold(): void {
    this.held = !this.held;
    if (this.held) this.element.pause();
    else void this.play();
  }

  private edge(): number {
    const { buffered } = this.element;
    return buffered.length ? buffered.end(buffered.length - 1) : 0;
  }

  private begin(): number {
    const { buffered } = this.element;
    return buffered.start(buffered.length - 1);
  }

  private start(): void {
    const first = this.element.buffered.start(0);
    const wanted = this.from === "live" ? this.edge() - NEAR_S : this.from / 1000;
    this.element.currentTime = Math.max(first + 0.001, Math.min(wanted, this.edge()));
    void this.play();
  }

  private async append(buffer: SourceBuffer, piece: Uint8Array): Promise<void> {
    for (;;) {
      try {
        buffer.appendBuffer(piece as Uint8Array<ArrayBuffer>);
        await once(buffer, "updateend");
        return;
      } catch (refused) {
        if ((refused as DOMException).name !== "QuotaExceededError") throw refused;
        // What was seen makes room; who looks back far is waited for.
        const seen = this.element.currentTime - KEEP_S / 3;
        if (seen > 0) {
          buffer.remove(0, seen);
          await once(buffer, "updateend");
        }
        await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
      }
    }
  }

  /** A player that stands still with pictures ahead is moved on: over a gap, or to what is now. */
  private watch(): void {
    const video = this.element;
    const now = performance.now();
    if (this.held || video.buffered.length === 0 || video.ended) return;
    if (video.currentTime !== this.last.time) {
      this.last = { time: video.currentTime, at: now };
      if (this.from === "live") this.keepNear();
      return;
    }
    if (now - this.last.at < WATCH_MS) return;
    this.last.at = now;
    const after = this.nextBegin();
    // So near to the newest picture that a decoder wants another before it shows this one; none may come for long.
    const wanting = video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA;
    if (wanting && after === undefined) video.currentTime = Math.max(this.begin() + 0.001, video.currentTime - WATCH_MS / 1000);
    else if (after !== undefined) video.currentTime = after;
    else if (this.edge() - video.currentTime > NEAR_S) video.currentTime = this.from === "live" ? this.edge() - 0.05 : video.currentTime + 0.1;
    void this.play();
  }

  private keepNear(): void {
    const behind = this.edge() - this.element.currentTime;
    if (behind > FAR_S) this.element.currentTime = this.edge() - NEAR_S;
    this.element.playbackRate = behind > 2 * NEAR_S ? 1.08 : 1;
  }

  /** Where the next stretch of pictures begins, when the player stands at the end of one. */
  private nextBegin(): number | undefined {
    const { buffered, currentTime } = this.element;
    for (let at = 0; at < buffered.length; at += 1) {
      if (buffered.start(at) > currentTime + 0.01 && (at === 0 || buffered.end(at - 1) <= currentTime + 0.2)) return buffered.start(at);
    }
    return undefined;
  }

  private play(): Promise<void> {
    return this.element.play().catch(() => undefined); // the watchdog tries again
  }
}
