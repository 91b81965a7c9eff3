// One recorder, one part. Its chunks come each slice; what it still holds comes when it stops.

import type { Format } from "./format";
import type { Part } from "./part";

const SOUND_BITS = 64_000;
const KEY_FRAME_MS = 1_000;

export interface Host {
  /** A part for what comes; asked for with its first bytes, so that no part is empty. */
  newPart(mime: string, began: number): Part;
  /** Bytes are held, or the part is at its end. */
  ready(): void;
  /** The recorder gave up by itself. */
  broke(recording: Recording): void;
}

export class Recording {
  readonly began = Date.now();
  /** When the last chunk came, of `performance.now()`. */
  heard = performance.now();
  /** Bits a second of the picture that it was asked for. */
  readonly bits: number;
  #recorder: MediaRecorder;
  #part: Part | null = null;
  #turn: Promise<void> = Promise.resolve();
  #stopping = false;
  #stopped: Promise<void>;

  /** Throws where the browser cannot record this stream. */
  constructor(
    stream: MediaStream,
    readonly format: Format,
    bits: number,
    readonly host: Host,
  ) {
    this.bits = bits;
    this.#recorder = new MediaRecorder(stream, {
      mimeType: format.mime,
      videoBitsPerSecond: bits,
      audioBitsPerSecond: SOUND_BITS,
      videoKeyFrameIntervalDuration: KEY_FRAME_MS,
    } as MediaRecorderOptions);
    this.#recorder.addEventListener("dataavailable", ({ data }) => this.#take(data));
    this.#stopped = new Promise((resolve) => {
      this.#recorder.addEventListener("stop", () => {
        this.#turn = this.#turn.then(() => this.#part?.end(() => host.ready()));
        void this.#turn.then(resolve);
        if (!this.#stopping) host.broke(this);
      });
    });
    this.#recorder.addEventListener("error", () => this.#stopping || host.broke(this));
    this.#recorder.start(format.slice);
  }

  /** Milliseconds since it began. */
  get age(): number {
    return Date.now() - this.began;
  }

  /** End the part; resolves once its last bytes are held. */
  stop(): Promise<void> {
    this.#stopping = true;
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
    return this.#stopped;
  }

  #take(data: Blob): void {
    this.heard = performance.now();
    if (data.size === 0) return;
    this.#turn = this.#turn.then(async () => {
      const bytes = await data.arrayBuffer();
      this.#part ??= this.host.newPart(this.#recorder.mimeType || this.format.mime, this.began);
      this.#part.add(bytes, () => this.host.ready());
    });
  }
}
