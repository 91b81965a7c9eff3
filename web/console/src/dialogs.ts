// Opens and shuts dialogs; one that decides about a tip says which.
import htmx from "htmx.org";
import { tipAtHand, wordsOf } from "./page";

export function prepareDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-dialog]");
    if (opener?.dataset["dialog"]) openDialog(opener.dataset["dialog"]);
    if (target.closest("[data-dismiss]")) target.closest("dialog")?.close();
    if (target instanceof HTMLDialogElement) target.close();
    const account = document.querySelector<HTMLDetailsElement>(".account[open]");
    if (account && !account.contains(target)) account.open = false;
  });
  document.addEventListener("toggle", carryOver, true); // "toggle" does not bubble
}

/** What was looked for in vain becomes the new case's number, or its title: nobody types it twice. */
function carryOver(event: Event): void {
  const fold = event.target as Element;
  if (!(fold instanceof HTMLDetailsElement) || fold.id !== "new-case" || !fold.open) return;
  const sought = fold.closest("dialog")?.querySelector<HTMLInputElement>("#find-case")?.value.trim() ?? "";
  const field = fold.querySelector<HTMLInputElement>(/\d/.test(sought) ? "[name=number]" : "[name=title]");
  if (field && !field.value) field.value = sought;
}

/** Open a dialog by its id; false where this page or role has none, or no tip is at hand for it. */
export function openDialog(id: string): boolean {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return false;
  const forms = Array.from(dialog.querySelectorAll<HTMLFormElement>("form[data-action]"));
  if (forms.length > 0) {
    const tip = tipAtHand();
    if (!tip) return false;
    for (const form of forms) {
      form.action = `/tips/${tip.dataset["tip"]}/${form.dataset["action"]}`;
      form.reset();
    }
    for (const words of dialog.querySelectorAll("[data-tip-words]")) words.textContent = wordsOf(tip);
  }
  dialog.showModal();
  const finder = dialog.querySelector("#find-case");
  if (finder) htmx.trigger(finder, "find-cases");
  return true;
}

export const openedDialog = (): HTMLDialogElement | null => document.querySelector("dialog[open]");
