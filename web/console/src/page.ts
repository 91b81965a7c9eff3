// What a page tells about itself, in its markup.

export const page = (): string => document.body.dataset["page"] ?? "";

export const main = (): HTMLElement | null => document.querySelector<HTMLElement>("#main[data-listens]");

/** The tip that a decision would concern: the page's own, or the selected row of a list. */
export function tipAtHand(): HTMLElement | null {
  const own = main();
  if (own?.dataset["tip"]) return own;
  return document.querySelector<HTMLElement>(".row[data-selected]");
}

/** Leave for the page to sign in, which says that the session has ended and leads back here. */
export function signInAgain(): void {
  location.assign(`/signin?ended=1&next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** The first words of a tip, for a dialog to say which one it means. */
export function wordsOf(tip: HTMLElement): string {
  return tip.querySelector("[data-tip-title], .row__words")?.textContent?.trim() ?? "";
}
