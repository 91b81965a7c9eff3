// How a session stands, as the console tells it each second, and at once when the ledger has news.

export type Part = {
  sequence: number;
  mime: string;
  began_at: number;
  why: string;
  bytes: number;
  ended: boolean;
};

/** Times are in ms: `began_at` by the sender's clock, `quiet_ms` since the last byte came. */
export type State = {
  session: string;
  state: "live" | "ended" | "closed";
  how: string | null;
  offline: boolean;
  silent_seconds: number;
  behind_ms: number;
  pending_bytes: number;
  quiet_ms: number;
  seconds: number;
  parts: Part[];
};

const EVERY_MS = 1000;

/** Tell `told` how every session of the page stands, while it shows any; returns a way to ask at once. */
export function watchStates(told: (states: State[]) => void, signIn: () => void): () => void {
  let under = false;
  const ask = async (): Promise<void> => {
    // A refresh may have brought the first broadcast, or taken the last away.
    const address = document.querySelector<HTMLElement>("[data-states]")?.dataset["states"];
    if (under || !address || document.hidden) return;
    under = true;
    try {
      // Looking is not a person's doing, and keeps no session alive; what is watched does.
      const answer = await fetch(address, { headers: { Accept: "application/json", "X-Tipline-Live": "1" } });
      if (answer.ok) {
        const said = (await answer.json()) as State | { sessions: State[] };
        told("sessions" in said ? said.sessions : [said]);
      }
      else if (answer.status === 401) signIn();
    } catch {
      // Away for a moment; the next look tells.
    } finally {
      under = false;
    }
  };
  window.setInterval(() => void ask(), EVERY_MS);
  document.addEventListener("tipline:news", () => void ask());
  document.addEventListener("visibilitychange", () => void ask());
  void ask();
  return () => void ask();
}

/** What a viewer is told beside the picture. `lagMs` is what this player itself holds back. */
export function standing(state: State, lagMs: number, replaying: boolean): { words: string; tone: "live" | "late" | "off" } {
  if (state.state === "closed") return { words: closedWords(state.how), tone: "off" };
  if (state.state === "ended") return { words: "Ended", tone: "off" };
  if (state.offline) return { words: "Sender offline", tone: "off" };
  if (replaying) return { words: "Looking back", tone: "late" };
  const behind = Math.max(state.behind_ms, state.quiet_ms > 1500 ? state.quiet_ms : 0) + lagMs;
  return behind < 2000 ? { words: "Live", tone: "live" } : { words: `${Math.round(behind / 1000)} s behind`, tone: "late" };
}

/** What stands over a picture that is not the present and was not asked for; none over one that is. */
export function stale(state: State, lagMs: number, replaying: boolean): string {
  const { words, tone } = standing(state, lagMs, replaying);
  if (tone !== "off" || replaying) return "";
  return state.state === "live" ? `${words} for ${lasted(state.silent_seconds)}: this is the last picture` : words;
}

const lasted = (seconds: number): string => (seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min`);

const closedWords = (how: string | null): string =>
  ({ staff: "Stopped by staff", consent: "Consent has ended", limit: "Time is up" })[how ?? ""] ?? "Ended";
