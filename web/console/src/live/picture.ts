// Decodes pictures by WebCodecs and draws each on a canvas when it is due.
import type { Frame } from "./webm";

// Decoded pictures are large; and what is far ahead need not be decoded yet.
const AHEAD_MS = 250;
const MOST_DECODED = 24;
const TICK_MS = 8;

type Due = (ms: number) => number;

export class Picture {
  private readonly pen: CanvasRenderingContext2D;
  private decoder: VideoDecoder | undefined;
  private waiting: Frame[] = [];
  private decoded: VideoFrame[] = [];
  private begun = false;
  private ticking = 0;
  /** The time of the picture on show, in ms of its part. */
  shownMs: number | undefined;
  onFirst: () => void = () => undefined;
  onFault: (words: string) => void = () => undefined;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly due: Due,
  ) {
    this.pen = canvas.getContext("2d", { alpha: false })!;
  }

  setUp(config: VideoDecoderConfig): void {
    this.decoder = new VideoDecoder({
      output: (frame) => this.keep(frame),
      error: (error) => this.onFault(error.message),
    });
    this.decoder.configure(config);
    // By a timer: a window behind another is given no animation frames, and has to go on all the same.
    this.ticking = window.setInterval(() => this.step(), TICK_MS);
  }

  /** Take an encoded picture; those before the first key picture are of no use. */
  take(frame: Frame): void {
    if (!this.begun && !frame.key) return;
    this.begun = true;
    this.waiting.push(frame);
    this.feed();
  }

  /** How far ahead of what is on show the newest picture is, in ms. */
  ahead(): number {
    const decoded = this.decoded[this.decoded.length - 1];
    const newest = decoded && decoded.timestamp / 1000;
    const last = this.waiting[this.waiting.length - 1]?.ms ?? newest;
    return last === undefined || this.shownMs === undefined ? 0 : Math.max(0, last - this.shownMs);
  }

  /** Whether everything that came has been shown. */
  get idle(): boolean {
    return this.waiting.length === 0 && this.decoded.length === 0 && (this.decoder?.decodeQueueSize ?? 0) === 0;
  }

  close(): void {
    window.clearInterval(this.ticking);
    if (this.decoder && this.decoder.state !== "closed") this.decoder.close();
    for (const frame of this.decoded) frame.close();
    this.decoded = [];
    this.waiting = [];
  }

  private feed(): void {
    const now = performance.now();
    while (this.decoder?.state === "configured" && this.waiting.length > 0 && this.decoded.length < MOST_DECODED) {
      const frame = this.waiting[0]!;
      if (this.shownMs !== undefined && this.due(frame.ms) > now + AHEAD_MS) break;
      this.waiting.shift();
      const type = frame.key ? "key" : "delta";
      this.decoder.decode(new EncodedVideoChunk({ type, timestamp: Math.round(frame.ms * 1000), data: frame.data }));
    }
  }

  private keep(frame: VideoFrame): void {
    this.decoded.push(frame);
    // The first is shown as it comes: whoever looks wants to see something.
    if (this.shownMs === undefined) this.draw(this.decoded.shift()!);
    this.step();
  }

  /** Draw the newest picture that is due; those that were due before it are past. */
  private step(): void {
    const now = performance.now();
    let newest: VideoFrame | undefined;
    while (this.decoded.length > 0 && this.due(this.decoded[0]!.timestamp / 1000) <= now + 4) {
      newest?.close();
      newest = this.decoded.shift();
    }
    if (newest) this.draw(newest);
    this.feed();
  }

  private draw(frame: VideoFrame): void {
    const { canvas } = this;
    if (canvas.width !== frame.displayWidth || canvas.height !== frame.displayHeight) {
      canvas.width = frame.displayWidth;
      canvas.height = frame.displayHeight;
    }
    this.pen.drawImage(frame, 0, 0, canvas.width, canvas.height);
    const first = this.shownMs === undefined;
    this.shownMs = frame.timestamp / 1000;
    frame.close();
    if (first) this.onFirst();
  }
}
