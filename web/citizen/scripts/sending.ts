// Sending: one file after the other, so that on a weak signal something arrives whole.

import { stayAwake } from "./awake";
import { percent } from "./amounts";
import { part, say, tell } from "./page-data";
import { showReceipt } from "./receipt";
import { Row } from "./row";
import { ACTIVE, ENDED, type State, Transfer } from "./transfer";
import type { Unfinished } from "./memory";

const SAID_AT = [25, 50, 75];

export class Sending {
  #rows = new Map<Transfer, Row>();
  #said = new Map<Transfer, { state: State; percent: number }>();
  #title = part("#sending-title");

  /** `words` are the receipt's; null where they were shown before a reload. */
  constructor(files: [File, Unfinished][], endpoint: string, words: string | null) {
    part("#telling").hidden = true;
    const unfinished = document.querySelector<HTMLElement>("#unfinished");
    if (unfinished) unfinished.hidden = true;
    part("#sending").hidden = false;
    if (words) showReceipt(words);
    else document.querySelector('[data-slot="words-were-shown"]')?.removeAttribute("hidden");
    for (const [file, unfinished] of files) {
      const transfer = new Transfer(file, unfinished, endpoint, (changed) => this.#changed(changed));
      this.#rows.set(transfer, new Row(transfer));
      this.#said.set(transfer, { state: "waiting", percent: 0 });
    }
    part(".transfers").replaceChildren(...[...this.#rows.values()].map((row) => row.element));
    part('[data-slot="transfers"]').hidden = files.length === 0;
    this.#title.textContent = say(words ? "tipOpen" : "goingOn");
    this.#title.focus();
    this.#watchTheSignal();
    this.#goOn();
  }

  get #transfers(): Transfer[] {
    return [...this.#rows.keys()];
  }

  #changed(transfer: Transfer): void {
    this.#rows.get(transfer)?.draw();
    this.#announce(transfer);
    if (transfer.state !== "sending") this.#goOn();
  }

  /** Give the line to the next file, and say how it stands. */
  #goOn(): void {
    const transfers = this.#transfers;
    const next = transfers.find(({ state }) => state === "waiting");
    if (next && !transfers.some(({ state }) => ACTIVE.includes(state))) return next.start();
    const arrived = transfers.filter(({ state }) => state === "done").length;
    const wanted = transfers.filter(({ state }) => state !== "cancelled").length;
    const over = transfers.every(({ state }) => ENDED.includes(state));
    part("#transfers-title").textContent = say("filesTitle", { done: arrived, count: wanted });
    part('[data-slot="keep-open"]').hidden = over;
    part('[data-slot="another"]').hidden = !over;
    stayAwake(!over);
    if (over) this.#title.textContent = say(arrived === wanted ? "allArrived" : "notAllArrived");
  }

  #watchTheSignal(): void {
    window.addEventListener("offline", () => this.#transfers.forEach((transfer) => transfer.signalLost()));
    window.addEventListener("online", () => this.#transfers.forEach((transfer) => transfer.signalBack()));
  }

  /** Tell a screen reader what matters: quarters, an arrival, a signal lost and found. Not every percent. */
  #announce(transfer: Transfer): void {
    const before = this.#said.get(transfer);
    if (!before) return;
    const { name, size } = transfer.file;
    const now = { state: transfer.state, percent: percent(transfer.sent, size) };
    const quarter = SAID_AT.find((mark) => before.percent < mark && now.percent >= mark);
    if (now.state === "done" && before.state !== "done") announce(say("saidDone", { name }));
    else if (now.state === "failed") announce(`${name}: ${transfer.reason}`);
    else if (now.state === "noSignal" && before.state !== "noSignal") announce(say("saidNoSignal"));
    else if (now.state === "sending" && before.state === "noSignal") announce(say("saidGoingOn"));
    else if (now.state === "sending" && quarter) announce(say("saidPercent", { name, percent: quarter }));
    // Between two tries the signal is still away: that is not said again.
    if (now.state !== "starting") this.#said.set(transfer, now);
  }
}

function announce(text: string): void {
  tell(part("#announcer"), text);
}
