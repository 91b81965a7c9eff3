// When a picture is due: as soon as can be, and as late as the network's and the recorder's unevenness asks for.

const WINDOW_MS = 4000;
const MOST_MS = 400;
// What comes at first, all at once, is the past: it says nothing of how evenly the present comes.
const SETTLING_MS = 300;

type Sample = { at: number; offset: number };

export class Pace {
  private samples: Sample[] = [];
  private began: number | undefined;
  private fastest = Infinity;
  private best = Infinity;
  /** How much later than the fastest picture each is shown, in ms. */
  delay = 0;

  /** Note a picture of `ms` that came now. */
  arrived(ms: number, now: number): void {
    this.began ??= now;
    const offset = now - ms;
    if (now - this.began < SETTLING_MS) {
      this.fastest = Math.min(this.fastest, offset);
      return;
    }
    this.samples.push({ at: now, offset });
    while (this.samples[0]!.at < now - WINDOW_MS) this.samples.shift();
    // Least of late, so that clocks which drift apart are followed.
    this.fastest = this.samples.reduce((least, sample) => Math.min(least, sample.offset), Infinity);
    this.best = Math.min(this.best, this.fastest);
    const late = this.samples.map((sample) => sample.offset - this.fastest).sort((one, other) => one - other);
    const wanted = Math.min(MOST_MS, late[Math.floor(late.length * 0.9)]!);
    // Up at once, since a late picture is a stutter; down slowly, since nobody sees that.
    this.delay += (wanted - this.delay) * (wanted > this.delay ? 0.5 : 0.02);
  }

  /** By how much pictures come later than they once did, in ms: a recorder or a line that falls behind. */
  get worse(): number {
    return this.best === Infinity ? 0 : this.fastest - this.best;
  }

  /** When a picture of `ms` is to be shown. */
  due(ms: number): number {
    return ms + this.fastest + this.delay;
  }
}
