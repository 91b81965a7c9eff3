// Opens and shuts dialogs; one that decides about a tip says which.
import { findCases } from "./finding";
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
  findCases(dialog);
  return true;
}

export const openedDialog = (): HTMLDialogElement | null => document.querySelector("dialog[open]");
