// How many bits a second the picture may have: what the signal carried lately, and never the other way round. A pure rule
// over times and amounts; whoever asks stops one recorder and starts the next.

/** Bits a second of the picture, and its lines, from the best down: fewer bits for as many lines smear, or are not met. */
export const RUNGS: readonly Rung[] = [
  { bits: 2_500_000, lines: 720 },
  { bits: 1_500_000, lines: 720 },
  { bits: 900_000, lines: 540 },
  { bits: 500_000, lines: 360 },
  { bits: 250_000, lines: 240 },
];
const TOO_FAR_BEHIND_MS = 1_500;
const AT_EASE_MS = 900;
/** A step's effect is waited for before the next. */
const SETTLING_MS = 3_000;
const FIRST_PATIENCE_MS = 15_000;
const LONGEST_PATIENCE_MS = 240_000;
/** Of what the signal carried, so much is taken; the rest lets what was kept catch up. */
const SHARE = 0.75;

export interface Rung {
  bits: number;
  lines: number;
}

export interface Seen {
  /** Milliseconds, of any clock. */
  now: number;
  /** How old the oldest byte is that the server does not have. */
  behind: number;
  /** What went through lately; null where nothing did. */
  bytesPerSecond: number | null;
  /** Whether older parts still wait: no time to ask for more. */
  backlog: boolean;
}

export class Ladder {
  #rung = 0;
  #changed: number;
  #uneasy: number;
  #patience = FIRST_PATIENCE_MS;
  #raised = -Infinity;

  constructor(now: number) {
    this.#changed = this.#uneasy = now;
  }

  get rung(): Rung {
    return RUNGS[this.#rung]!;
  }

  /** Whether it is another rung now; asked while bytes flow. */
  changes(seen: Seen): boolean {
    const { now, behind, backlog } = seen;
    if (behind > AT_EASE_MS || backlog) this.#uneasy = now;
    if (now - this.#changed < SETTLING_MS) return false;
    if (behind > TOO_FAR_BEHIND_MS) return this.#step(this.#fitting(seen.bytesPerSecond), now);
    if (now - this.#uneasy < this.#patience) return false;
    return this.#step(this.#rung - 1, now);
  }

  /** Nothing can be told from what was until now. */
  rest(now: number): void {
    this.#changed = this.#uneasy = now;
  }

  #step(rung: number, now: number): boolean {
    if (rung < 0 || rung >= RUNGS.length) return false;
    if (rung < this.#rung) {
      this.#raised = now;
    } else if (now - this.#raised < FIRST_PATIENCE_MS) {
      this.#patience = Math.min(LONGEST_PATIENCE_MS, 2 * this.#patience); // it was asked too soon
    }
    this.#rung = rung;
    this.#changed = this.#uneasy = now;
    return true;
  }

  /** The best rung that leaves room, at least one further down. */
  #fitting(bytesPerSecond: number | null): number {
    const carried = 8 * SHARE * (bytesPerSecond ?? 0);
    const fits = RUNGS.findIndex(({ bits }) => bits <= carried);
    const best = fits < 0 ? RUNGS.length - 1 : fits;
    const next = Math.max(best, this.#rung + 1);
    return this.#rung === RUNGS.length - 1 ? RUNGS.length : Math.min(next, RUNGS.length - 1);
  }
}
