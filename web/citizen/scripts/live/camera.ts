// The camera and the microphone: opened, turned around, taken back from a phone call, and let go of.

export type Facing = "environment" | "user";
/** Why there is no camera, as far as a browser says. */
export type Trouble = "refused" | "none" | "taken" | "unsupported";

export class NoCamera extends Error {
  constructor(readonly trouble: Trouble) {
    super(trouble);
  }
}

const BEST_LINES = 720;
const FRAMES = 30;
const RETRY_MS = 1_500;
/** A camera that shows nothing new for as long is asked for anew, whatever its tracks claim. */
const STILL_MS = 4_000;
const LOOK_MS = 500;

export interface Watcher {
  /** There is another stream: what records the old one must stop. */
  changed(stream: MediaStream): void;
  /** The phone has taken the camera for something else, or has given it back. */
  paused(paused: boolean): void;
}

export class Camera {
  stream = new MediaStream();
  facing: Facing = "environment";
  /** Whether a microphone is open. */
  sound = false;
  #lines = BEST_LINES;
  #open = false;
  #acquiring: Promise<void> | null = null;
  #seen = { frames: -1, at: 0, moved: false };
  #look = 0;

  constructor(
    readonly preview: HTMLVideoElement,
    readonly watcher: Watcher,
  ) {}

  /** Ask for it. Throws `NoCamera`; where the microphone alone is refused, goes on without. */
  async open(facing: Facing, sound: boolean): Promise<void> {
    this.facing = facing;
    this.stream = await acquire(facing, sound, this.#lines);
    this.#opened();
    this.#open = true;
    this.#look = window.setInterval(() => this.#check(), LOOK_MS);
    document.addEventListener("visibilitychange", this.#visible);
  }

  close(): void {
    this.#open = false;
    clearInterval(this.#look);
    document.removeEventListener("visibilitychange", this.#visible);
    this.stream.getTracks().forEach((track) => track.stop());
    this.preview.srcObject = null;
  }

  /** The other camera; the same one again where there is no other. */
  turn(): Promise<void> {
    this.facing = this.facing === "environment" ? "user" : "environment";
    return this.#anew();
  }

  /** Switched off, the microphone is let go of, so that the phone shows that nobody listens. */
  async listen(sound: boolean): Promise<void> {
    this.sound = sound;
    await this.#anew();
  }

  /** So many lines, where the camera can. */
  async scale(lines: number): Promise<void> {
    this.#lines = lines;
    const [track] = this.stream.getVideoTracks();
    await track?.applyConstraints(wanted(this.facing, lines)).catch(() => undefined);
  }

  /** The camera is to be asked for anew, as after a call. */
  again(): void {
    if (this.#open) void this.#anew().catch(() => undefined);
  }

  #visible = (): void => {
    if (document.visibilityState !== "visible") return;
    this.#seen = { frames: -1, at: performance.now(), moved: false };
    if (this.#dead()) this.again();
  };

  /** Phones let one camera be open at a time: the old one goes first. */
  #anew(): Promise<void> {
    this.#acquiring ??= this.#reacquire().finally(() => (this.#acquiring = null));
    return this.#acquiring;
  }

  async #reacquire(): Promise<void> {
    this.stream.getTracks().forEach((track) => track.stop());
    for (;;) {
      try {
        this.stream = await acquire(this.facing, this.sound, this.#lines);
        break;
      } catch {
        this.watcher.paused(true);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        if (!this.#open) return;
      }
    }
    if (!this.#open) return this.stream.getTracks().forEach((track) => track.stop());
    this.#opened();
    this.watcher.paused(false);
    this.watcher.changed(this.stream);
  }

  #opened(): void {
    this.sound = this.stream.getAudioTracks().length > 0;
    this.#seen = { frames: -1, at: performance.now(), moved: false };
    this.preview.srcObject = this.stream;
    void this.preview.play().catch(() => undefined); // a browser that wants a touch first shows no preview, and records
    const [track] = this.stream.getVideoTracks();
    track?.addEventListener("ended", () => this.again());
    track?.addEventListener("mute", () => this.watcher.paused(true));
    track?.addEventListener("unmute", () => this.again());
  }

  #dead(): boolean {
    const [track] = this.stream.getVideoTracks();
    return !track || track.readyState === "ended" || track.muted;
  }

  /** After a call tracks may claim to be live while nothing moves any more. A browser that counts no pictures is believed. */
  #check(): void {
    if (document.visibilityState !== "visible" || this.#acquiring) return;
    const frames = this.preview.getVideoPlaybackQuality?.().totalVideoFrames ?? -1;
    const { frames: before, at, moved } = this.#seen;
    const now = performance.now();
    if (frames !== before) {
      this.#seen = { frames, at: now, moved: before > 0 };
    } else if (moved && now - at > STILL_MS) {
      this.again();
    }
  }
}

function wanted(facing: Facing, lines: number): MediaTrackConstraints {
  return {
    facingMode: { ideal: facing },
    width: { ideal: Math.round((16 * lines) / 9) },
    height: { ideal: lines },
    frameRate: { ideal: FRAMES, max: FRAMES },
  };
}

async function acquire(facing: Facing, sound: boolean, lines: number): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw new NoCamera("unsupported");
  // What was said is evidence: it is not to be cleaned of what a telephone takes for noise.
  const audio = { echoCancellation: false, noiseSuppression: false };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: wanted(facing, lines), audio: sound && audio });
  } catch (failure) {
    const { name } = failure as DOMException;
    if (sound) return acquire(facing, false, lines);
    if (name === "NotAllowedError" || name === "SecurityError") throw new NoCamera("refused");
    if (name === "NotReadableError" || name === "AbortError") throw new NoCamera("taken");
    throw new NoCamera("none");
  }
}
