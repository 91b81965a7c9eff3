// What a person sees while live: the picture, how far staff are behind, what staff ask, and one large Stop.

import { fileSize } from "../amounts";
import { part, tell } from "../page-data";
import type { Prompt } from "./beats";
import type { Broadcast } from "./broadcast";
import { type LivePhrase, say } from "./phrases";
import { keeping } from "./shelf";

const DRAW_MS = 250;
/** Below a second nobody counts. */
const NOTICEABLE_MS = 1_500;
const AWAY_MS = 2_000;
/** A line may hang without breaking. */
const SILENT_MS = 4_000;
const SOON_SECONDS = 60;
/** What is read aloud each time that it changes does not count every second. */
const SOON_STEP = 10;
const BUZZ = [200, 100, 200];

export class Screen {
  readonly preview = part<HTMLVideoElement>("#preview");
  cameraAway = false;
  #place = part("#on-air");
  #state = part('[data-slot="state"]', this.#place);
  #notice = part('[data-slot="notice"]', this.#place);
  #prompt = part('[data-slot="prompt"]', this.#place);
  #announcer = part("#announcer");
  #asked: Prompt[] = [];
  #said: LivePhrase | null = null;
  #notKept = false;
  #drawing = 0;

  show(broadcast: Broadcast): void {
    this.#place.hidden = false;
    document.documentElement.classList.add("live");
    part("h1", this.#place).focus();
    this.#drawing = window.setInterval(() => this.#draw(broadcast), DRAW_MS);
    this.#draw(broadcast);
  }

  hide(): void {
    clearInterval(this.#drawing);
    this.#place.hidden = true;
    document.documentElement.classList.remove("live");
  }

  /** Staff ask for something: large, over the picture, until it is read; then the next. */
  prompt(prompt: Prompt, read: (prompt: Prompt) => void): void {
    this.#asked.push(prompt);
    navigator.vibrate?.(BUZZ);
    if (this.#asked.length === 1) this.#ask(read);
  }

  #ask(read: (prompt: Prompt) => void): void {
    const [first] = this.#asked;
    this.#prompt.hidden = !first;
    if (!first) return part('[data-do="stop"]', this.#place).focus();
    part('[data-slot="text"]', this.#prompt).textContent = first.text;
    const button = part("button", this.#prompt);
    button.onclick = () => {
      this.#asked.shift();
      read(first);
      this.#ask(read);
    };
    button.focus();
  }

  notice(sentence: string): void {
    if (this.#notice.textContent !== sentence) tell(this.#notice, sentence);
  }

  announce(sentence: string): void {
    tell(this.#announcer, sentence);
  }

  #draw(broadcast: Broadcast): void {
    const { phrase, values } = this.#stateOf(broadcast);
    const sentence = say(phrase, values);
    if (this.#state.textContent !== sentence) this.#state.textContent = sentence;
    this.#place.dataset["state"] = phrase;
    if (phrase === "offline" && this.#said !== "offline") this.announce(say("saidOffline"));
    if (phrase !== "offline" && this.#said === "offline") this.announce(say("saidBack"));
    this.#said = phrase;
    if (!keeping()) this.notice(say("notKept"));
    else if (this.#notKept) this.notice("");
    this.#notKept = !keeping();
    const left = broadcast.beats?.endsIn;
    if (left == null || left > SOON_SECONDS) return;
    this.notice(say("endsSoon", { n: SOON_STEP * Math.ceil(left / SOON_STEP) }));
  }

  #stateOf({ uploader, beats, deaf }: Broadcast): { phrase: LivePhrase; values?: Record<string, string | number> } {
    const { awaySince, behind, pending, backlog } = uploader;
    const silent = beats !== null && Date.now() - beats.answered > SILENT_MS && behind > AWAY_MS;
    if (silent || (awaySince !== null && Date.now() - awaySince > AWAY_MS)) {
      return { phrase: "offline", values: { size: fileSize(pending) } };
    }
    if (this.cameraAway || deaf) return { phrase: "cameraAway" };
    const seconds = Math.round(behind / 1000);
    if (backlog) return { phrase: "catchingUp", values: { size: fileSize(pending), n: seconds } };
    return behind > NOTICEABLE_MS ? { phrase: "onAirBehind", values: { n: seconds } } : { phrase: "onAir" };
  }
}
