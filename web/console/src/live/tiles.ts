// The wall and one broadcast at large: a player for each that somebody asked to watch.
import { complain } from "../notices";
import { signInAgain } from "../page";
import { Refused, send } from "../send";
import { Player } from "./player";
import { stale, standing, type State, watchStates } from "./state";

const players = new Map<string, Player>();
const states = new Map<string, State>();
const listeners: ((state: State, player: Player | undefined) => void)[] = [];
let ask = (): void => undefined;

export const playerOf = (session: string | undefined): Player | undefined => players.get(session ?? "");

/** Be told each time how a session stands. */
export function onState(listener: (state: State, player: Player | undefined) => void): void {
  listeners.push(listener);
}

/** Begin, on a page that shows broadcasts. */
export function prepareTiles(): void {
  if (!document.getElementById("pulse")) return; // nobody is signed in
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const button = target.closest<HTMLButtonElement>("[data-watch]");
    if (button) void watch(button);
    if (target.closest("[data-watch-all]")) watchAll();
  });
  ask = watchStates((told) => {
    told.forEach(learn);
    tidy();
  }, signInAgain);
}

export function watchAll(): boolean {
  const buttons = document.querySelectorAll<HTMLButtonElement>("[data-watch]");
  for (const button of buttons) void watch(button);
  return buttons.length > 0;
}

/** The ledger first, then the bytes. */
export async function watch(button: HTMLButtonElement): Promise<void> {
  const place = button.closest<HTMLElement>("[data-live]");
  const frame = button.closest<HTMLElement>(".live");
  const stage = frame?.querySelector<HTMLElement>(".live__stage");
  const { live, session } = place?.dataset ?? {};
  if (!live || !session || !frame || !stage || button.disabled) return;
  button.disabled = true;
  try {
    await send(`${live}/watch`);
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    button.disabled = false;
    return complain(refusal.message);
  }
  // From now on the frame is ours: a refresh must not take the picture away.
  frame.setAttribute("hx-morph-skip", "");
  const focused = document.activeElement === button;
  button.remove();
  if (focused) (place?.matches(".tile") ? place : stage).focus();
  const player = new Player(stage, live, () => ask());
  players.set(session, player);
  const known = states.get(session);
  if (known) player.update(known);
  ask();
}

/** Players of broadcasts that are gone from the page are let go of. */
function tidy(): void {
  for (const [session, player] of players) {
    if (document.querySelector(`.live [id="stage-${session}"]`)) continue;
    player.close();
    players.delete(session);
  }
}

function learn(state: State): void {
  states.set(state.session, state);
  const player = players.get(state.session);
  player?.update(state);
  for (const place of document.querySelectorAll<HTMLElement>(`[data-session="${state.session}"]`)) tell(place, state, player);
  for (const listener of listeners) listener(state, player);
}

function tell(place: HTMLElement, state: State, player: Player | undefined): void {
  const { words, tone } = standing(state, player?.lagMs ?? 0, player?.replaying ?? false);
  const mark = place.querySelector<HTMLElement>("[data-standing]");
  if (mark) mark.dataset["tone"] = tone;
  const said = place.querySelector("[data-standing-words]");
  if (said && said.textContent !== words) said.textContent = words;
  const frame = place.querySelector<HTMLElement>(".live");
  const old = player ? stale(state, player.lagMs, player.replaying) : "";
  if (frame && (frame.dataset["stale"] ?? "") !== old) {
    if (old) frame.dataset["stale"] = old;
    else delete frame.dataset["stale"];
  }
  if (player) place.dataset["shownMs"] = String(Math.round(player.sessionMs ?? -1));
  const elapsed = place.querySelector("[data-elapsed]");
  if (elapsed) elapsed.textContent = clock(state.seconds * 1000);
}

export function clock(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
