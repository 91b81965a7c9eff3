// Every chunk of a part, hashed into a chain: h0 is 32 zero bytes, h_i = SHA-256(h_(i-1) || SHA-256(chunk_i)).
// The server computes it again over what it stored.

const BYTES = 32;

export class Chain {
  readonly lengths: number[] = [];
  #link = new Uint8Array(BYTES);
  #turn: Promise<void> = Promise.resolve();

  /** Chunks are hashed in the order in which they are added. */
  add(chunk: ArrayBuffer): void {
    this.lengths.push(chunk.byteLength);
    const hashed = crypto.subtle.digest("SHA-256", chunk);
    this.#turn = this.#turn.then(async () => {
      const both = new Uint8Array(2 * BYTES);
      both.set(this.#link);
      both.set(new Uint8Array(await hashed), BYTES);
      this.#link = new Uint8Array(await crypto.subtle.digest("SHA-256", both));
    });
  }

  /** The chain over everything added until now, in hex. */
  async hex(): Promise<string> {
    await this.#turn;
    return [...this.#link].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
