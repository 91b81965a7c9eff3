// One file on its way: tus underneath, and on top what a phone needs. It waits out a lost signal by itself,
// pauses, goes on from the byte the server has, and never starts anew unless told to.

import { type DetailedError, type HttpResponse, Upload } from "tus-js-client";
import { fileSize, Pace } from "./amounts";
import { newKey } from "./key";
import { forget, remember, type Unfinished } from "./memory";
import { page, type Phrase, say } from "./page-data";
import { Piece } from "./piece";
import { type Challenge, PROOF, prove } from "./proving";

export type State =
  | "waiting" | "starting" | "sending" | "paused" | "noSignal" | "busy" | "done" | "failed" | "cancelled";

/** States in which the one line to the server is taken. */
export const ACTIVE: readonly State[] = ["starting", "sending", "noSignal", "busy"];
export const ENDED: readonly State[] = ["done", "failed", "cancelled"];

const RETRY_SECONDS = [1, 2, 4, 8, 15];
// A phone that lost its signal may never be told so: silence is the only sign.
const SILENCE_SECONDS = 30;
// The server still holds the line that broke, or knows the offset better: asking again settles it.
const SETTLING = [409, 423];
const TOO_MANY_REQUESTS = 429;
const NO_ROOM = 507;
// Room may be made at any time: nobody waits longer than this for it.
const LONGEST_WAIT_SECONDS = 300;
const GONE = [403, 404, 410];
// What the server refuses for good, in the page's own language.
const REFUSALS: Record<string, Phrase> = {
  file_too_large: "fileTooLarge",
  too_many_files: "tipFull",
  unknown_tip: "tipOver",
};

type Problem = { code?: string; detail?: string } & Partial<Challenge>;

export class Transfer {
  state: State = "waiting";
  /** Bytes that the browser has let go of; fewer, once the server says so. */
  sent = 0;
  /** Why it failed, or has to wait, as a sentence. */
  reason = "";
  readonly pace = new Pace();
  readonly #piece = new Piece();
  #safe = 0;
  #upload: Upload | null = null;
  #attempts = 0;
  /** What the next start brings, where the server asked for a proof of work. */
  #proof: string | null = null;
  #retry = 0;
  #silence = 0;

  constructor(
    readonly file: File,
    readonly unfinished: Unfinished,
    readonly endpoint: string,
    readonly changed: (transfer: Transfer) => void,
  ) {
    remember(unfinished);
  }

  start(): void {
    this.#become("starting");
    this.pace.restart();
    this.#piece.restart();
    this.#listenForSilence();
    this.#upload = this.#prepare();
    this.#upload.start();
  }

  pause(): void {
    this.#halt();
    this.#become("paused");
  }

  /** Ask for its turn again; a failed upload that the server no longer has begins anew. */
  resume(): void {
    if (this.state === "failed") {
      this.unfinished.url = null;
      this.unfinished.key = newKey();
      this.sent = this.#safe = 0;
      remember(this.unfinished);
    }
    this.#attempts = 0;
    this.#become("waiting");
  }

  cancel(): void {
    const { url } = this.unfinished;
    this.#halt();
    forget(this.unfinished);
    // A server that cannot be told now deletes the unfinished upload when its time is over.
    if (url) Upload.terminate(url).catch(() => undefined);
    this.#become("cancelled");
  }

  /** The browser says that the network is gone. */
  signalLost(): void {
    if (this.state === "starting" || this.state === "sending") this.#waitFor("noSignal");
  }

  /** The browser says that the network is back. */
  signalBack(): void {
    if (this.state === "noSignal") this.start();
  }

  #prepare(): Upload {
    const { url, key, token } = this.unfinished;
    const proof: Record<string, string> = this.#proof ? { [PROOF]: this.#proof } : {};
    // A new one for every start: whatever a stopped one still has to say is not heard any more.
    const upload: Upload = new Upload(this.file, {
      // With an endpoint, tus-js-client starts from zero whenever a HEAD fails; so only until the upload is open.
      endpoint: url ? null : this.endpoint,
      uploadUrl: url,
      headers: url ? {} : { "Idempotency-Key": key, ...proof },
      metadata: { filename: this.file.name, filetype: this.file.type, tip: token },
      storeFingerprintForResuming: false,
      retryDelays: null,
      chunkSize: this.#piece.size,
      onUploadUrlAvailable: () => {
        upload.options.endpoint = null;
        this.unfinished.url = upload.url;
        this.#proof = null;
        if (upload === this.#upload) remember(this.unfinished);
      },
      onAfterResponse: (_, answer) => {
        if (upload === this.#upload) this.#told(answer);
        upload.options.chunkSize = this.#piece.size;
      },
      onProgress: (sent) => upload === this.#upload && this.#progressed(sent),
      onSuccess: () => upload === this.#upload && this.#arrived(),
      onError: (error) => upload === this.#upload && this.#stumbled(error as DetailedError),
    });
    return upload;
  }

  #arrived(): void {
    this.#halt();
    this.sent = this.file.size;
    forget(this.unfinished);
    this.#become("done");
  }

  /** What the server says that it has is safe, whatever becomes of the signal. */
  #told(answer: HttpResponse): void {
    const offset = answer.getHeader("Upload-Offset");
    if (!offset) return;
    const more = Number(offset) - this.#safe;
    if (more > 0) this.#attempts = 0;
    this.#piece.told(more);
    this.sent = this.#safe = Number(offset);
  }

  #progressed(sent: number): void {
    this.sent = sent;
    this.pace.add(sent);
    this.#listenForSilence();
    this.#become("sending");
  }

  #stumbled(error: DetailedError): void {
    const answer = error.originalResponse ?? null;
    const status = answer?.getStatus() ?? 0;
    if (status === 0) return this.#waitFor("noSignal");
    const problem = problemOf(answer!.getBody());
    const { code, detail } = problem;
    const known = code && REFUSALS[code];
    // One that was just brought and did not do: the server has enough to do, this waits.
    const unproven = code === "proof_needed" && !this.#proof;
    this.#proof = null;
    if (unproven) return void this.#proveFirst(problem as Challenge);
    if (known) return this.#fail(say(known, { count: page.limits.files, limit: fileSize(page.limits.bytes) }));
    if (SETTLING.includes(status)) {
      this.sent = this.#safe; // the browser may have sent it anew, and the server not have taken it
      return this.#waitFor("starting");
    }
    if (status >= 500 || status === TOO_MANY_REQUESTS) {
      return this.#waitItsTurn(status, Number(answer!.getHeader("Retry-After") ?? 0));
    }
    if (GONE.includes(status) && this.unfinished.url) return this.#fail(say("failedGone"));
    return this.#fail(say("failedRefused", { reason: detail ?? String(status) }));
  }

  async #proveFirst(challenge: Challenge): Promise<void> {
    const asked = this.#upload;
    clearTimeout(this.#silence);
    const proof = await prove(challenge);
    if (asked !== this.#upload) return; // paused, cancelled or begun anew meanwhile
    this.#proof = proof;
    if (proof) this.start();
    else this.#waitItsTurn(TOO_MANY_REQUESTS, LONGEST_WAIT_SECONDS);
  }

  #waitItsTurn(status: number, seconds: number): void {
    this.reason = say(status === TOO_MANY_REQUESTS ? "crowdedFile" : status === NO_ROOM ? "noRoom" : "busy");
    this.#waitFor("busy", seconds);
  }

  #fail(reason: string): void {
    this.#halt();
    this.reason = reason;
    forget(this.unfinished);
    this.#become("failed");
  }

  /** Wait and try again: after the usual time, or as long as the server says. */
  #waitFor(state: "noSignal" | "busy" | "starting", least = 0): void {
    this.#halt();
    const usual = RETRY_SECONDS[Math.min(this.#attempts, RETRY_SECONDS.length - 1)]!;
    const seconds = Math.max(usual, Math.min(least, LONGEST_WAIT_SECONDS));
    this.#attempts += 1;
    this.#retry = window.setTimeout(() => this.start(), seconds * 1000);
    this.#become(state);
  }

  #listenForSilence(): void {
    clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => this.#waitFor("noSignal"), SILENCE_SECONDS * 1000);
  }

  #halt(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    void this.#upload?.abort();
    this.#upload = null;
  }

  #become(state: State): void {
    this.state = state;
    this.changed(this);
  }
}

/** Problem details (RFC 9457); nothing where the answer is a proxy's. */
function problemOf(body: string): Problem {
  try {
    return JSON.parse(body) as Problem;
  } catch {
    return {};
  }
}
