// Opening a tip: the words go to the server, the receipt and the token for the uploads come back.

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
  const headers: Record<string, string> = { "Content-Type": "application/json" };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const response = await post(headers, JSON.stringify(body));
    if (response.ok) return (await response.json()) as OpenedTip;
    const problem = ((await response.json().catch(() => null)) ?? {}) as Problem;
    if (problem.code !== "proof_needed") throw new NotOpened(sentenceFor(response, problem));
    checking();
    const proof = await prove(problem as Challenge);
    if (!proof) break;
    headers[PROOF] = proof;
  }
  throw new NotProven(say("notChecked"));
}

async function post(headers: Record<string, string>, body: string): Promise<Response> {
  try {
    return await fetch("/tips", { method: "POST", headers, body, cache: "no-store" });
  } catch {
    throw new NotOpened(say("notOpened"));
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
