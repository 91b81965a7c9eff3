// One file's row while it is sent: what a person sees, and the three things they can do.

import { fileSize, percent, timeLeft } from "./amounts";
import { copyOf, part, say, type Phrase } from "./page-data";
import { ENDED, type State, type Transfer } from "./transfer";

// Numbers that change faster cannot be read.
const REDRAW_MS = 250;

export class Row {
  readonly element = copyOf("#transfer");
  #bar = part<HTMLProgressElement>("progress", this.element);
  #percent = part('[data-slot="percent"]', this.element);
  #status = part('[data-slot="status"]', this.element);
  #buttons: Record<"pause" | "resume" | "cancel", HTMLElement>;
  #drawn: { state: State | null; at: number } = { state: null, at: 0 };

  constructor(readonly transfer: Transfer) {
    const { name } = transfer.file;
    part('[data-slot="name"]', this.element).textContent = name;
    this.#bar.setAttribute("aria-label", say("progressOf", { name }));
    this.#buttons = {
      pause: this.#button("pause", () => transfer.pause()),
      resume: this.#button("resume", () => transfer.resume()),
      cancel: this.#button("cancel", () => transfer.cancel()),
    };
    label(this.#buttons.pause, "pause", "pauseFile", name);
    label(this.#buttons.cancel, "cancel", "cancelFile", name);
    this.draw();
  }

  draw(): void {
    const { state, sent, file } = this.transfer;
    const now = performance.now();
    if (state === this.#drawn.state && now - this.#drawn.at < REDRAW_MS) return;
    const turned = state !== this.#drawn.state;
    this.#drawn = { state, at: now };
    const value = percent(sent, file.size);
    this.#bar.value = value;
    this.#percent.textContent = state === "cancelled" ? "" : `${value}\u00a0%`;
    this.#status.textContent = statusOf(this.transfer);
    if (turned) this.#turn(state);
  }

  #turn(state: State): void {
    this.element.className = `transfer transfer--${state}`;
    const { pause, resume, cancel } = this.#buttons;
    const held = this.element.contains(document.activeElement) ? document.activeElement : null;
    pause.hidden = state === "paused" || ENDED.includes(state);
    resume.hidden = state !== "paused" && state !== "failed";
    cancel.hidden = ENDED.includes(state);
    const anew = state === "failed";
    label(resume, anew ? "tryAgain" : "resume", anew ? "tryFileAgain" : "resumeFile", this.transfer.file.name);
    // A keyboard must not lose its place when the button under it goes.
    if (held instanceof HTMLElement && held.hidden) [resume, pause].find((button) => !button.hidden)?.focus();
  }

  #button(what: string, act: () => void): HTMLElement {
    const button = part(`[data-do="${what}"]`, this.element);
    button.addEventListener("click", act);
    return button;
  }
}

function label(button: HTMLElement, text: Phrase, full: Phrase, name: string): void {
  button.textContent = say(text);
  button.setAttribute("aria-label", say(full, { name }));
}

function statusOf({ state, sent, file, pace, reason }: Transfer): string {
  const size = fileSize(file.size);
  const done = { percent: percent(sent, file.size) };
  if (state === "failed" || state === "busy") return reason;
  if (state === "waiting") return say("waiting", { size });
  if (state === "done") return say("done", { size });
  if (state !== "sending") return say(state, done);
  const { speed } = pace;
  if (!speed) return say("sentOf", { sent: fileSize(sent), size });
  const left = timeLeft((file.size - sent) / speed);
  return say("sending", { sent: fileSize(sent), size, speed: fileSize(Math.round(speed)), left });
}
