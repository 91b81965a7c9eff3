// The bytes of one part as they come in; a line that breaks is taken up again where it broke.

const AGAIN_MS = 400;

/** From where: what is now, a moment in ms, or everything. */
export type From = "live" | number;

/** A part that cannot be had: signed out, closed, or taken away. */
export class Withheld extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Yield a part's beginning, then what follows from the key picture at `from`, until the part is over. */
export async function* bytesOf(address: string, from: From, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let query = `at=${from}`;
  let next: number | undefined;
  while (!signal.aborted) {
    try {
      const answer = await fetch(`${address}?${query}`, { signal });
      if (!answer.ok) throw new Withheld(answer.status, await sentence(answer));
      const reader = answer.body!.getReader();
      if (next === undefined) {
        const head = await first(reader, Number(answer.headers.get("Live-Init")));
        next = Number(answer.headers.get("Live-Offset")) + head.length;
        yield head;
      }
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        next += value.length;
        yield value;
      }
    } catch (error) {
      if (signal.aborted || error instanceof Withheld && error.status < 500) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    if (next !== undefined) query = `from=${next}`;
  }
}

/** The answer's first bytes, at least `least` of them: a line that breaks sooner is taken up from the start. */
async function first(reader: ReadableStreamDefaultReader<Uint8Array>, least: number): Promise<Uint8Array> {
  let head = new Uint8Array(0);
  while (head.length < Math.max(1, least)) {
    const { done, value } = await reader.read();
    if (done) break;
    const more = new Uint8Array(head.length + value.length);
    more.set(head);
    more.set(value, head.length);
    head = more;
  }
  return head;
}

async function sentence(answer: Response): Promise<string> {
  const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
  return problem.detail ?? "This part cannot be shown.";
}
