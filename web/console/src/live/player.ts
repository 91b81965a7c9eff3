// Shows one session on a stage: now, as soon as can be; or from a moment before, and back to now.
import { complain } from "../notices";
import { signInAgain } from "../page";
import { type From, Withheld } from "./bytes";
import { canDecode, Decoding } from "./decoding";
import type { Running } from "./running";
import { canSource, Sourcing } from "./source";
import type { Part, State } from "./state";

const AGAIN_MS = 500;
// A part that cannot be shown is not asked for without end.
const MOST_FAULTS = 5;

export class Player {
  private state: State | undefined;
  private part: Part | undefined;
  private running: Running | undefined;
  private coming: Running | undefined;
  private over = false;
  private faults = 0;
  private context: AudioContext | undefined;
  private asked: number | undefined;
  /** Whether what is shown is not the present. */
  replaying = false;
  held = false;
  private heard = false;

  constructor(
    private readonly stage: HTMLElement,
    private readonly base: string,
    private readonly ask: () => void,
  ) {}

  /** Learn how the session stands, and go on to a newer part where there is one. */
  update(state: State): void {
    this.state = state;
    const newest = this.newest();
    if (!newest || this.replaying) return;
    // Of what is over somebody wants to see how it began.
    if (!this.part && state.state !== "live") return this.seek(0);
    const next = !this.part || newest.sequence > this.part.sequence;
    if (next) this.faults = 0;
    if (next && !(this.coming && this.part?.sequence === newest.sequence)) this.start(newest, "live");
    else if (this.over && !newest.ended && this.faults < MOST_FAULTS) this.start(newest, "live");
  }

  /** Where the picture on show is: its part, and ms from that part's beginning. */
  get place(): { part: number; ms: number } | undefined {
    const ms = this.running?.shownMs;
    return ms === undefined || !this.part ? undefined : { part: this.part.sequence, ms: Math.round(ms) };
  }

  /** The same in ms since the session's beginning, by the sender's clock. */
  get sessionMs(): number | undefined {
    const place = this.place;
    return place && this.part ? this.part.began_at - this.beginning() + place.ms : undefined;
  }

  get lagMs(): number {
    return this.running?.lagMs ?? 0;
  }

  /** Show what was at a moment of the session. */
  seek(sessionMs: number): void {
    const at = this.beginning() + Math.max(0, sessionMs);
    const parts = this.parts();
    const part = parts.filter(({ began_at }) => began_at <= at).pop() ?? parts[0];
    if (!part) return;
    this.replaying = true;
    this.held = false;
    this.start(part, Math.max(0, Math.round(at - part.began_at)));
  }

  /** Back to the present. */
  toNow(): void {
    const newest = this.newest();
    if (!newest) return;
    this.replaying = this.held = false;
    this.start(newest, "live");
  }

  /** Hold the picture, or go on; who holds it is no longer in the present. */
  hold(): void {
    if (!this.running) return;
    if (!this.replaying && !this.held) {
      const here = this.sessionMs;
      if (here === undefined) return;
      this.seek(here);
      void this.coming?.first.then(() => this.running?.hold());
      this.held = true;
      return;
    }
    this.running.hold();
    this.held = !this.held;
  }

  /** Let sound be heard or not; begins silent. */
  async hear(): Promise<boolean> {
    this.context ??= new AudioContext();
    // By what was asked: a new one may call itself running at once, or in a moment.
    this.heard = !this.heard;
    if (this.running instanceof Sourcing) this.running.element.muted = !this.heard;
    await (this.heard ? this.context.resume() : this.context.suspend());
    return this.heard;
  }

  close(): void {
    this.coming?.close();
    this.running?.close();
    void this.context?.close();
    this.stage.replaceChildren();
  }

  private parts(): Part[] {
    return this.state?.parts.filter(({ bytes }) => bytes > 0) ?? [];
  }

  private newest(): Part | undefined {
    const parts = this.parts();
    return parts[parts.length - 1];
  }

  private beginning(): number {
    return this.parts()[0]?.began_at ?? 0;
  }

  /** Begin another part; what is on show stays until its first picture is there. */
  private start(part: Part, from: From): void {
    this.coming?.close();
    this.part = part;
    this.over = false;
    this.asked = performance.now();
    const coming = (this.coming = this.way(part, from));
    if (!coming) {
      this.over = true;
      return this.say("This browser cannot show this broadcast while it runs. It plays here once it is sealed.");
    }
    // A player that is not on the page is given no pictures.
    coming.element.classList.add("live__picture", "live__picture--coming");
    this.stage.append(coming.element);
    void coming.first.then(() => this.coming === coming && this.show(coming));
    void coming.run().then(
      () => this.ended(coming),
      (error: unknown) => this.failed(coming, error),
    );
  }

  private way(part: Part, from: From): Running | undefined {
    const address = `${this.base}/parts/${part.sequence}/bytes`;
    if (canDecode() && part.mime.startsWith("video/webm") && this.faults < 2) {
      return new Decoding(address, part.mime, from, () => this.context);
    }
    return canSource(part.mime) ? new Sourcing(address, part.mime, from) : undefined;
  }

  private show(coming: Running): void {
    this.running?.close();
    this.running?.element.remove();
    this.running = coming;
    this.coming = undefined;
    coming.element.classList.remove("live__picture--coming");
    if (coming instanceof Sourcing) coming.element.muted = !this.heard;
    this.stage.dataset["showing"] = String(this.part?.sequence);
    this.stage.dataset["firstMs"] = String(Math.round(performance.now() - (this.asked ?? 0)));
    this.say("");
    this.faults = 0;
  }

  private ended(which: Running): void {
    if (which !== this.running && which !== this.coming) return;
    this.over = true;
    this.ask();
    if (!this.replaying) return;
    const parts = this.parts();
    const next = parts[parts.findIndex(({ sequence }) => sequence === this.part?.sequence) + 1];
    if (next) this.start(next, 0);
    else if (this.state?.state === "live") this.toNow();
  }

  private failed(which: Running, error: unknown): void {
    if (which !== this.running && which !== this.coming) return;
    this.over = true;
    this.faults += 1;
    // Who may look no longer keeps no last picture.
    if (which === this.coming || error instanceof Withheld) which.element.remove();
    if (which === this.coming) this.coming = undefined;
    which.close();
    if (error instanceof Withheld && error.status === 401) return signInAgain();
    if (error instanceof Withheld) return this.say(error.message);
    if (this.faults >= MOST_FAULTS) return complain("These pictures cannot be shown. The bytes are kept all the same.");
    window.setTimeout(() => this.ask(), AGAIN_MS);
  }

  private say(words: string): void {
    const place = this.stage.parentElement?.querySelector<HTMLElement>(".live__words");
    if (!place) return;
    place.textContent = words;
    place.hidden = words === "";
  }
}
