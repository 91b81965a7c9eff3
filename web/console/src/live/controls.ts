// Under one broadcast at large: hold, look back, jump to now, sound, mark a moment; and its keys.
import { complain, say } from "../notices";
import { page } from "../page";
import { Refused, send } from "../send";
import type { Player } from "./player";
import { clock, onState, playerOf, watch, watchAll } from "./tiles";

const STEP_MS = 5000;

const find = <E extends HTMLElement>(selector: string): E | null => document.querySelector<E>(selector);
const base = (): string => find("main")?.dataset["live"] ?? "";
const player = (): Player | undefined => playerOf(find("main")?.dataset["session"]);

let dragging = false;

export function prepareControls(): void {
  if (page() !== "live") return;
  const place = find<HTMLInputElement>("[data-seek]");
  place?.addEventListener("input", () => (dragging = true));
  place?.addEventListener("change", () => {
    dragging = false;
    const { value, max } = place;
    if (Number(value) >= Number(max) - 1000) player()?.toNow();
    else player()?.seek(Number(value));
  });
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-hold]")) hold();
    if (target.closest("[data-now]")) player()?.toNow();
    if (target.closest("[data-hear]")) void hear();
    if (target.closest("[data-snapshot]")) void mark();
    if (target.closest("[data-copy-address]")) void copy();
  });
  onState((state, shown) => {
    const controls = find("#controls");
    if (!controls || !shown) return;
    controls.hidden = false;
    const length = Math.max(state.seconds * 1000, 1000);
    const here = shown.sessionMs ?? length;
    if (place && !dragging) {
      place.max = String(length);
      place.value = String(shown.replaying ? here : length);
      place.setAttribute("aria-valuetext", shown.replaying ? clock(here) : "Now");
    }
    const shownAt = find("[data-clock]");
    if (shownAt) shownAt.textContent = clock(shown.replaying ? here : length);
    const now = find<HTMLButtonElement>("[data-now]");
    if (now) now.disabled = !shown.replaying || state.state === "closed";
    find("[data-hold]")?.setAttribute("aria-pressed", String(shown.held));
  });
}

/** A key on the wall or on a broadcast's page; false where it means nothing there. */
export function liveKey(event: KeyboardEvent): boolean {
  if (page() === "wall") return wallKey(event);
  if (page() !== "live") return false;
  const onControl = (event.target as Element).closest("a, button, summary, input") !== null;
  switch (event.key) {
    case "Escape":
      location.assign("/live");
      return true;
    case " ":
      return !onControl && (player() ? hold() : press("[data-watch]"));
    case "w":
      return press("[data-watch]");
    case "n":
      return press("[data-now]");
    case "m":
      return press("[data-hear]");
    case "s":
      return press("[data-snapshot]");
    case "x":
      return press("[data-dialog=stop-dialog]");
    case "r":
      find("#ask-text")?.focus();
      return true;
    case "ArrowLeft":
    case "ArrowRight":
      return !onControl && step(event.key === "ArrowLeft" ? -STEP_MS : STEP_MS);
    default:
      return false;
  }
}

/** 1 to 9 choose a tile; Enter opens it large, Space lets it be seen. */
function wallKey(event: KeyboardEvent): boolean {
  const tile = (event.target as Element).closest<HTMLElement>(".tile");
  const onControl = (event.target as Element).closest("a, button, summary") !== null;
  if (/^[1-9]$/.test(event.key)) {
    const chosen = document.querySelectorAll<HTMLElement>(".tile")[Number(event.key) - 1];
    chosen?.focus();
    return chosen !== undefined;
  }
  if (event.key === "Escape") location.assign("/");
  else if (event.key === "w") return watchAll();
  else if (event.key === "Enter" && tile && !onControl) location.assign(tile.dataset["live"]!);
  else if (event.key === " " && tile && !onControl) {
    const button = tile.querySelector<HTMLButtonElement>("[data-watch]");
    if (button) void watch(button);
  } else return false;
  return true;
}

function press(selector: string): boolean {
  const button = find<HTMLButtonElement>(selector);
  button?.click();
  return button !== null;
}

function hold(): boolean {
  player()?.hold();
  find("[data-hold]")?.setAttribute("aria-pressed", String(player()?.held ?? false));
  return true;
}

function step(by: number): boolean {
  const here = player()?.sessionMs;
  if (here !== undefined) player()?.seek(here + by);
  return here !== undefined;
}

async function hear(): Promise<void> {
  const heard = await player()?.hear();
  find("[data-hear]")?.setAttribute("aria-pressed", String(heard ?? false));
}

/** The moment on show enters the tip's history; the picture itself is cut from the bytes that were received. */
async function mark(): Promise<void> {
  const place = player()?.place;
  if (!place) return complain("There is no picture yet.");
  const form = new FormData();
  form.set("part", String(place.part));
  form.set("ms", String(place.ms));
  try {
    await send(`${base()}/snapshot`, form);
    say("Marked in the tip's history.");
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    complain(refusal.message);
  }
}

async function copy(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.origin + base());
    say("Copied. A colleague who opens it watches under their own name.");
  } catch {
    complain(`Copy it from here: ${location.origin}${base()}`);
  }
}
