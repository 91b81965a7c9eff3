// Fetches the page anew and morphs its main part into what is true now, keeping players, focus and place.
import htmx from "htmx.org";
import { keepSelection } from "./selection";

const WAIT_MS = 120;
let planned: number | undefined;

/** Refresh soon; several calls in a row make one request. */
export function refreshSoon(): void {
  if (planned !== undefined) return;
  planned = window.setTimeout(() => {
    planned = undefined;
    void refresh();
  }, WAIT_MS);
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
  keepSelection();
  if (known.size === 0) return;
  for (const id of rowIds()) {
    if (!known.has(id)) document.getElementById(id)?.classList.add("row--arrived");
  }
}

function rowIds(): string[] {
  return Array.from(document.querySelectorAll<HTMLElement>(".row"), (row) => row.id);
}
