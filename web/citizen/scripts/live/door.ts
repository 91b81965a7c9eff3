// What the page asks of the server while it is live, and what it makes of the answers.

import { say } from "./phrases";
import type { KeptPart } from "./part";
import { type Challenge, PROOF, prove } from "../proving";

const SILENCE_MS = 8_000;
/** The next beat follows anyway. */
const BEAT_SILENCE_MS = 3_000;
/** Bytes that a beat overtook by so much go over a line that is dead. */
const OVERTAKEN_MS = 2_000;
const AWAY_MS = 4_000;
const TUS = { "Tus-Resumable": "1.0.0" };
const TOO_MANY_REQUESTS = 429;
const PROOFS = 3;

/** The answer to "may I go live". */
export interface Opened {
  session: string;
  token: string;
  /** The nine words, where a tip was opened for it. */
  receipt?: string;
  limits: Limits;
}

export interface Limits {
  minutes: number;
  bytes: number;
  part_minutes: number;
  patch_bytes: number;
}

export interface Beat {
  behind_ms: number;
  pending_bytes: number;
  delivered: number;
  seen: number;
  visible: boolean;
}

export interface Beaten {
  state: "live" | "ended" | "closed";
  how: string | null;
  ends_in_s: number | null;
  prompts: { sequence: number; text: string }[];
}

/** The server said no. `sentence` is for the person, where it has one. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly sentence: string,
    readonly offset: number | null,
  ) {
    super(`${status} ${code}`);
  }

  /** It passes by itself. */
  get passes(): boolean {
    return this.status >= 500 || this.status === TOO_MANY_REQUESTS || this.status === 423;
  }
}

/** A request hung while a later one came through; `away`: after a time in which none did. */
export class Overtaken extends Error {
  constructor(readonly away: boolean) {
    super("overtaken");
  }
}

/** Ask for a broadcast; the same key and body find the same one again. Throws `Refused`, or what fetch throws. */
export async function openSession(key: string, body: string): Promise<Opened> {
  const headers: Record<string, string> = { "Content-Type": "application/json", "Idempotency-Key": key };
  for (let tries = 0; ; tries += 1) {
    try {
      return (await asked("POST", "/live", headers, body)).content as Opened;
    } catch (refusal) {
      if (!(refusal instanceof Unproven) || tries === PROOFS) throw refusal;
      const proof = await prove(refusal.challenge);
      if (!proof) throw refusal;
      headers[PROOF] = proof;
    }
  }
}

/** One broadcast at the server. Every method throws `Refused`, or what fetch throws where there is no signal. */
export class LiveDoor {
  readonly #bearer: Record<string, string>;
  /** When a beat was answered last, of `performance.now()`. */
  #answered = performance.now();
  #appending: { began: number; line: AbortController } | null = null;

  constructor(token: string) {
    this.#bearer = { Authorization: `Bearer ${token}` };
  }

  /** Where a part goes; asked again, the same place. */
  async openPart({ sequence, kind, mime, began, why }: KeptPart): Promise<string> {
    const { content } = await this.#post("/live/parts", { sequence, kind, mime, began_ms: Math.round(began), why });
    return (content as { location: string }).location;
  }

  /** Whether what the server has makes the same chain; null where it could not look. */
  async endPart(sequence: number, bytes: number, lengths: number[], chain: string): Promise<boolean | null> {
    const { content } = await this.#post(`/live/parts/${sequence}/end`, { bytes, lengths, chain });
    return (content as { chain_holds: boolean | null }).chain_holds;
  }

  async beat(beat: Beat): Promise<Beaten> {
    const began = performance.now();
    const line = new AbortController();
    const { content } = await this.#post("/live/beat", beat, line, BEAT_SILENCE_MS);
    const away = performance.now() - this.#answered > AWAY_MS;
    this.#answered = performance.now();
    const appending = this.#appending;
    if (appending && began - appending.began > OVERTAKEN_MS) appending.line.abort(new Overtaken(away));
    return content as Beaten;
  }

  async end(parts: number): Promise<void> {
    await this.#post("/live/end", { parts });
  }

  /** How many bytes the server has. */
  async offsetOf(location: string): Promise<number> {
    return offsetIn((await asked("HEAD", location, TUS)).headers);
  }

  /** Append; `length` with the last bytes. Returns how many the server has then. */
  async append(location: string, offset: number, bytes: Uint8Array<ArrayBuffer>, length: number | null): Promise<number> {
    const headers: Record<string, string> = {
      ...TUS,
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(offset),
    };
    if (length !== null) headers["Upload-Length"] = String(length);
    const appending = { began: performance.now(), line: new AbortController() };
    this.#appending = appending;
    try {
      return offsetIn((await asked("PATCH", location, headers, bytes, appending.line)).headers);
    } catch (failure) {
      const { reason } = appending.line.signal as { reason?: unknown };
      throw reason instanceof Overtaken ? reason : failure;
    } finally {
      this.#appending = null;
    }
  }

  #post(path: string, content: unknown, line = new AbortController(), silence = SILENCE_MS): Promise<Answer> {
    const headers = { ...this.#bearer, "Content-Type": "application/json" };
    return asked("POST", path, headers, JSON.stringify(content), line, silence);
  }
}

class Unproven extends Refused {
  constructor(readonly challenge: Challenge) {
    super(TOO_MANY_REQUESTS, "proof_needed", say("refusedBusy"), null);
  }
}

interface Answer {
  headers: Headers;
  content: unknown;
}

async function asked(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: BodyInit,
  line = new AbortController(),
  silence = SILENCE_MS,
): Promise<Answer> {
  const timer = setTimeout(() => line.abort(), silence);
  try {
    const request: RequestInit = { method, headers, cache: "no-store", signal: line.signal };
    const response = await fetch(path, body === undefined ? request : { ...request, body });
    const content = parsed(await response.text());
    if (response.ok) return { headers: response.headers, content };
    const problem = (content ?? {}) as { code?: string; detail?: string } & Partial<Challenge>;
    if (problem.code === "proof_needed") throw new Unproven(problem as Challenge);
    const told = response.headers.get("Upload-Offset");
    throw new Refused(response.status, problem.code ?? "", problem.detail ?? "", told === null ? null : Number(told));
  } finally {
    clearTimeout(timer);
  }
}

function offsetIn(headers: Headers): number {
  return Number(headers.get("Upload-Offset"));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // nothing, or a proxy's own page
  }
}
