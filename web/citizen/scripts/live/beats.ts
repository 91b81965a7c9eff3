// Each second the server is told how it goes, and answers what staff ask.

import { type Beat, type Beaten, type LiveDoor, Refused } from "./door";

const EACH_MS = 1_000;

export interface Prompt {
  sequence: number;
  text: string;
}

export interface Listener {
  facts(): Pick<Beat, "behind_ms" | "pending_bytes">;
  prompted(prompt: Prompt): void;
  /** The server counts it as over, or takes nothing more. */
  over(state: "ended" | "closed", how: string | null): void;
}

export class Beats {
  /** When the server answered last, in milliseconds since 1970. */
  answered = Date.now();
  /** Seconds until the longest time is over; null where the server did not say. */
  endsIn: number | null = null;
  #delivered: number;
  #seen: number;
  #timer = 0;
  #asking = false;

  /** `read`: what was asked until this number had been read before the page went. */
  constructor(
    readonly door: LiveDoor,
    readonly listener: Listener,
    read: number,
  ) {
    this.#delivered = this.#seen = read;
    this.#timer = window.setInterval(() => void this.#beat(), EACH_MS);
    void this.#beat();
  }

  /** The person has read it. */
  saw(sequence: number): void {
    this.#seen = Math.max(this.#seen, sequence);
    void this.#beat();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const visible = document.visibilityState === "visible";
      const told = { ...this.listener.facts(), delivered: this.#delivered, seen: this.#seen, visible };
      this.#heard(await this.door.beat(told));
    } catch (failure) {
      // Without a signal the next one may get through; one that is refused has nothing to go on with.
      if (failure instanceof Refused && !failure.passes) this.listener.over("closed", null);
    } finally {
      this.#asking = false;
    }
  }

  #heard({ state, how, ends_in_s, prompts }: Beaten): void {
    this.answered = Date.now();
    this.endsIn = ends_in_s;
    for (const prompt of prompts) {
      if (prompt.sequence <= this.#delivered) continue;
      this.#delivered = prompt.sequence;
      this.listener.prompted(prompt);
    }
    if (state !== "live") this.listener.over(state, how);
  }
}
