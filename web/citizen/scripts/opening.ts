// Opening a tip: the words go to the server, the receipt and the token for the uploads come back.
// Where the answer is lost, the same request with the same key goes out again, and finds the tip it opened.

import { newKey } from "./key";
import { say } from "./page-data";
import { type Challenge, PROOF, prove } from "./proving";

export interface OpenedTip {
  /** The nine words; they are shown and then forgotten. */
  receipt: string;
  token: string;
  /** Where uploads are opened. */
  uploads: string;
}

/** Thrown with a sentence for the person. */
export class NotOpened extends Error {}

/** Thrown where this browser cannot solve what the server asks for. */
export class NotProven extends NotOpened {}

// A proof may come too late, or reach a server that is just starting; hardly three times.
const TRIES = 3;
const TOO_MANY_REQUESTS = 429;
// A tunnel is passed within this time; who is still without a signal then had better know.
const PATIENCE_MS = 60_000;
const SILENCE_MS = 20_000;
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

// Kept until a tip is open, so that "Send tip", pressed again after a sentence about the signal, is no second tip.
// Changed words are another tip under the same key.
let key = newKey();

interface Problem {
  code?: string;
  detail?: string;
}

/** Open a tip. `checking` is called when the server asks for a proof of work first. */
export async function openTip(form: HTMLFormElement, files: number, checking: () => void): Promise<OpenedTip> {
  const fields = new FormData(form);
  const text = (name: string) => String(fields.get(name) ?? "").trim();
  const body = {
    what: text("what"),
    where: text("where"),
    when: text("when"),
    contact: text("contact"),
    language: text("language"),
    files,
  };
  const headers: Record<string, string> = { "Content-Type": "application/json", "Idempotency-Key": key };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { response, content } = await patiently(() => post(headers, JSON.stringify(body)));
    if (response.ok) {
      key = newKey();
      return content as OpenedTip;
    }
    const problem = (content ?? {}) as Problem;
    if (problem.code !== "proof_needed") throw new NotOpened(sentenceFor(response, problem));
    checking();
    const proof = await prove(problem as Challenge);
    if (!proof) break;
    headers[PROOF] = proof;
  }
  throw new NotProven(say("notChecked"));
}

interface Answer {
  response: Response;
  /** Its JSON; null where it is a proxy's own. */
  content: unknown;
}

/** The answer, whole; throws where the network fails on the way there or back. */
async function post(headers: Record<string, string>, body: string): Promise<Answer> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_MS);
  try {
    const request = { method: "POST", headers, body, cache: "no-store", signal: silence.signal } as const;
    const response = await fetch("/tips", request);
    const text = await response.text();
    return { response, content: response.ok ? JSON.parse(text) : parsed(text) };
  } finally {
    clearTimeout(timer);
  }
}

/** Ask again after what passes by itself: a lost signal, a server that restarts, a wait of seconds. */
async function patiently(ask: () => Promise<Answer>): Promise<Answer> {
  const until = Date.now() + PATIENCE_MS;
  for (let tries = 0; ; tries += 1) {
    const answer = await ask().catch(() => null);
    const least = 1000 * Number(answer?.response.headers.get("Retry-After") ?? 0);
    const wait = Math.max(least, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]!);
    const hopeless = Date.now() + wait > until;
    if (answer && (!passes(answer) || hopeless)) return answer;
    if (hopeless) throw new NotOpened(say("notOpened"));
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/** A proof is asked for with a 429 as well: that is solved, not waited for. */
function passes({ response, content }: Answer): boolean {
  if (response.status >= 500) return true;
  return response.status === TOO_MANY_REQUESTS && (content as Problem | null)?.code !== "proof_needed";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function sentenceFor(response: Response, { detail }: Problem): string {
  if (response.status === TOO_MANY_REQUESTS) return say("crowded", { n: minutesToWait(response) });
  if (response.status >= 500) return say("notTaken");
  return say("refusedByServer", { reason: detail ?? String(response.status) });
}

function minutesToWait(response: Response): number {
  return Math.max(1, Math.ceil(Number(response.headers.get("Retry-After") ?? 60) / 60));
}
