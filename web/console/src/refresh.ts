// Fetches the page anew and morphs its main part into what is true now, keeping players, focus and place.
import htmx from "htmx.org";
import { offerFullSize } from "./fullsize";
import { keepSelection } from "./selection";
import { unroll } from "./timeline";

const WAIT_MS = 120;
let busy = false;
let again = false;

/** Refresh soon; several calls in a row make one request, and no two are ever under way. */
export function refreshSoon(): void {
  again = true;
  if (!busy) void refreshWhileAsked();
}

async function refreshWhileAsked(): Promise<void> {
  busy = true;
  try {
    while (again) {
      await new Promise((resolve) => window.setTimeout(resolve, WAIT_MS));
      again = false;
      await refresh();
    }
  } finally {
    busy = false;
  }
}

async function refresh(): Promise<void> {
  const known = new Set(rowIds());
  await htmx.ajax("GET", location.pathname + location.search, {
    target: "#main",
    select: "#main",
    swap: "outerMorph",
    // Not a person's doing: it must not keep a session alive.
    headers: { "X-Tipline-Live": "1" },
  });
  if (takeAway()) again = true;
  keepSelection();
  unroll();
  offerFullSize();
  if (known.size === 0) return;
  for (const id of rowIds()) {
    if (!known.has(id)) document.getElementById(id)?.classList.add("row--arrived");
  }
}

/** Let go of players whose film was set aside; the next refresh says why. True where there was one. */
function takeAway(): boolean {
  const screens = document.querySelectorAll<HTMLElement>(".exhibit--quarantined .screen[hx-morph-skip]");
  for (const screen of screens) {
    screen.removeAttribute("hx-morph-skip");
    screen.replaceChildren();
  }
  return screens.length > 0;
}

function rowIds(): string[] {
  return Array.from(document.querySelectorAll<HTMLElement>(".row"), (row) => row.id);
}
