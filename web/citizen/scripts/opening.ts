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
// A server that restarts is back within this time; who is still refused then had better know.
const PATIENCE_MS = 60_000;
const SILENCE_MS = 20_000;
// Whoever waits this long without an answer wonders.
const SLOW_MS = 4_000;
const PAUSES_MS = [500, 1000, 2000, 4000, 8000];

// Kept until a tip is open, so that "Send tip", pressed again after a sentence that refuses, is no second tip.
// Changed words are another tip under the same key.
let key = newKey();

interface Problem {
  code?: string;
  detail?: string;
}

/** What the person is told meanwhile. */
export interface Meanwhile {
  /** The server asks for a proof of work first. */
  checking: () => void;
  /** It takes longer, with a sentence that says why. */
  waiting: (why: string) => void;
}

/** Open a tip: with what is written in the form as each request goes out, and with as many files as are chosen. */
export async function openTip(form: HTMLFormElement, files: () => number, told: Meanwhile): Promise<OpenedTip> {
  const headers: Record<string, string> = { "Content-Type": "application/json", "Idempotency-Key": key };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { response, content } = await patiently(() => post(headers, written(form, files())), told.waiting);
    if (response.ok) {
      key = newKey();
      return content as OpenedTip;
    }
    const problem = (content ?? {}) as Problem;
    if (problem.code !== "proof_needed") throw new NotOpened(sentenceFor(response, problem));
    told.checking();
    const proof = await prove(problem as Challenge);
    if (!proof) break;
    headers[PROOF] = proof;
  }
  throw new NotProven(say("notChecked"));
}

function written(form: HTMLFormElement, files: number): string {
  const fields = new FormData(form);
  const text = (name: string) => String(fields.get(name) ?? "").trim();
  return JSON.stringify({
    what: text("what"),
    where: text("where"),
    when: text("when"),
    contact: text("contact"),
    language: text("language"),
    files,
  });
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

/** Ask again after what passes by itself: a server that restarts, a wait of seconds; a lost signal, however long. */
async function patiently(ask: () => Promise<Answer>, waiting: (why: string) => void): Promise<Answer> {
  let refusedSince: number | null = null;
  for (let tries = 0; ; tries += 1) {
    const slow = setTimeout(() => waiting(say("stillTrying")), SLOW_MS);
    const answer = await ask().catch(() => null);
    clearTimeout(slow);
    const least = 1000 * Number(answer?.response.headers.get("Retry-After") ?? 0);
    const wait = Math.max(least, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]!);
    if (answer) {
      refusedSince ??= Date.now();
      if (!passes(answer) || Date.now() + wait > refusedSince + PATIENCE_MS) return answer;
    } else {
      refusedSince = null;
    }
    waiting(say(answer ? "busy" : "stillTrying"));
    await pause(wait, !answer);
  }
}

/** Wait; without a signal, no longer than until the browser says that it is back. */
function pause(milliseconds: number, signal: boolean): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    if (signal) window.addEventListener("online", () => resolve(), { once: true });
  });
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
