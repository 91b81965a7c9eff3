// The selected row of a list of tips. Known by its tip, so that it stays selected while rows come and go.

let selected: string | undefined;

const rows = (): HTMLElement[] => Array.from(document.querySelectorAll<HTMLElement>(".row"));

/** Select the row `step` away from the selected one, or the first. */
export function moveSelection(step: 1 | -1): void {
  const all = rows();
  if (all.length === 0) return;
  const at = all.findIndex((row) => row.dataset["tip"] === selected);
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  selected = next?.dataset["tip"];
  mark();
  next?.querySelector<HTMLElement>(".row__link")?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

/** Mark the selection again after the page changed; where its row is gone, the one in its place. */
export function keepSelection(): void {
  if (selected === undefined) return;
  const all = rows();
  if (!all.some((row) => row.dataset["tip"] === selected)) {
    selected = all[Math.min(place, all.length - 1)]?.dataset["tip"];
  }
  mark();
}

let place = 0;

function mark(): void {
  rows().forEach((row, index) => {
    const here = row.dataset["tip"] === selected;
    row.toggleAttribute("data-selected", here);
    if (here) place = index;
  });
}
