// Finds the case that a tip goes to.
import htmx from "htmx.org";

export function prepareFinding(): void {
  document.addEventListener("toggle", carryOver, true); // "toggle" does not bubble
  document.addEventListener("keydown", (event) => {
    const field = event.target as Element;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement) || !field.form) return;
    if (field.id !== "find-case") return;
    event.preventDefault(); // the browser would press the first case of the list, of whichever words it is
    takeFirstFound(field.form);
  });
}

/** Ask anew which cases there are for the words in the dialog's search field. */
export function findCases(dialog: Element): void {
  const field = dialog.querySelector("#find-case");
  if (field) htmx.trigger(field, "find-cases");
}

/** Take the first case found for these very words, not for those before the last letter; begin a new one where none is. */
function takeFirstFound(form: HTMLFormElement): void {
  const words = soughtIn(form);
  if (answered(form) === words) return take(form);
  const listening = new AbortController();
  form.addEventListener("htmx:after:swap", () => {
    const wanted = soughtIn(form) === words;
    if (wanted && answered(form) !== words) return; // an answer to earlier words
    listening.abort();
    if (wanted) take(form);
  }, { signal: listening.signal });
  form.closest("dialog")?.addEventListener("close", () => listening.abort(), { signal: listening.signal });
  findCases(form);
}

const soughtIn = (part: Element): string => part.querySelector<HTMLInputElement>("#find-case")?.value ?? "";

const answered = (form: Element): string | undefined =>
  form.querySelector<HTMLElement>("[data-sought]")?.dataset["sought"];

function take(form: HTMLFormElement): void {
  const first = form.querySelector<HTMLButtonElement>(".found__case");
  if (first) return first.click();
  const fold = form.closest("dialog")?.querySelector<HTMLDetailsElement>("#new-case");
  if (!fold) return;
  fold.open = true;
  carry(fold);
  const open = Array.from(fold.querySelectorAll<HTMLInputElement>("input")).find((input) => !input.value);
  open?.focus();
}

function carryOver(event: Event): void {
  const fold = event.target as Element;
  if (fold instanceof HTMLDetailsElement && fold.id === "new-case" && fold.open) carry(fold);
}

/** What was looked for in vain becomes the new case's number, or its title: nobody types it twice. */
function carry(fold: HTMLDetailsElement): void {
  const dialog = fold.closest("dialog");
  const sought = dialog ? soughtIn(dialog).trim() : "";
  const field = fold.querySelector<HTMLInputElement>(/\d/.test(sought) ? "[name=number]" : "[name=title]");
  if (field && !field.value) field.value = sought;
}
