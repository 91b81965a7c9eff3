// How much of a file goes out in one request. What is not acknowledged may have to go out again: where the signal
// breaks off before a proxy that holds requests back until they are whole, or where the browser itself sends a body
// anew after a server died under it, and tells nobody.

const SECONDS = 5;
const LEAST = 2 ** 20;
const MOST = 2 ** 26;

export class Piece {
  /** In bytes: what went through lately in some seconds. Asking then costs little, on any signal. */
  size = LEAST;
  #since: number | null = null;

  restart(): void {
    this.#since = null;
  }

  /** The server has so many bytes more: this is how fast they went, not how fast the browser took them. */
  told(more: number, now = performance.now()): void {
    if (this.#since !== null && more > 0) {
      const fitting = (1000 * SECONDS * more) / Math.max(1, now - this.#since);
      this.size = Math.round(Math.min(MOST, Math.max(LEAST, fitting)));
    }
    this.#since = now;
  }
}
