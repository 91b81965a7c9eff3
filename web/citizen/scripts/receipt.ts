// The nine words: shown, copied, printed; never stored.

import { part, say } from "./page-data";
import { savePicture } from "./picture";

export function showReceipt(words: string): void {
  const place = part('[data-slot="receipt"]');
  const items = words.split(" ").map((word) => {
    const item = document.createElement("li");
    item.textContent = word;
    return item;
  });
  part(".receipt__words", place).replaceChildren(...items);
  place.hidden = false;
  part('[data-do="picture"]', place).addEventListener("click", () => void savePicture(place, words.split(" ")));
  part('[data-do="print"]', place).addEventListener("click", () => window.print());
  // Behind the "#" the words go to nobody: what is filmed then belongs to this tip.
  const live = place.querySelector<HTMLAnchorElement>('[data-do="live"]');
  if (live) live.hash = encodeURIComponent(words);
  offerCopying(part('[data-do="copy"]', place), words);
}

function offerCopying(button: HTMLElement, words: string): void {
  if (!navigator.clipboard) {
    button.hidden = true; // without https a browser has none
    return;
  }
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(words);
    part("[data-slot]", button).textContent = say("copied");
  });
}
