// One key, one deed. Never while somebody types, nor with a modifier held.
import { startReply } from "./conversation";
import { openDialog, openedDialog } from "./dialogs";
import { takeOffer } from "./notices";
import { main, page } from "./page";
import { togglePlay } from "./player";
import { moveSelection } from "./selection";
import { toggleSoft } from "./soften";
import { liveKey } from "./live/controls";

export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key !== "j" && event.key !== "k") return;
    if (typing(event.target as Element)) return;
    const dialog = openedDialog();
    const done = dialog ? inDialog(dialog, event) : onPage(event);
    if (done) event.preventDefault();
  });
}

function typing(target: Element): boolean {
  return target.matches("input:not([type=radio]), textarea, select, [contenteditable]");
}

/** 1 to 6 choose a reason and send it: two keys close a tip. */
function inDialog(dialog: HTMLDialogElement, event: KeyboardEvent): boolean {
  if (dialog.id !== "close-dialog" || !/^[1-9]$/.test(event.key)) return false;
  const choice = dialog.querySelectorAll<HTMLInputElement>("input[name=reason]")[Number(event.key) - 1];
  if (!choice) return false;
  choice.checked = true;
  choice.form?.requestSubmit();
  return true;
}

function onPage(event: KeyboardEvent): boolean {
  if (liveKey(event)) return true;
  switch (event.key) {
    case "j":
      return page() === "tip" ? go(main()?.dataset["next"]) : (moveSelection(1), true);
    case "k":
      return page() === "tip" ? false : (moveSelection(-1), true);
    case "Enter":
      return !(event.target as Element).closest("a, button, summary") && openSelected();
    case " ":
      return page() === "tip" && !(event.target as Element).closest("a, button, summary, video") && togglePlay();
    case "c":
      return canClose() && openDialog("close-dialog");
    case "a":
      return openDialog("attach-dialog");
    case "e":
      return go(document.querySelector<HTMLAnchorElement>(".echo:not(.echo--dismissed) .echo__link")?.href);
    case "r":
      return startReply();
    case "u":
      return takeOffer() || undoHere();
    case "b":
      toggleSoft();
      return true;
    case "l":
      return go("/live");
    case "g":
      return askForLive();
    case "q":
      return go("/");
    case "?":
      return openDialog("help-dialog");
    default:
      return false;
  }
}

function canClose(): boolean {
  const own = main();
  return !own?.dataset["tip"] || own.dataset["state"] === "new";
}

function openSelected(): boolean {
  return go(document.querySelector<HTMLAnchorElement>(".row[data-selected] .row__link")?.href);
}

/** Send the citizen of this tip a link to go live; false where this page or role has none. */
function askForLive(): boolean {
  const form = document.querySelector<HTMLFormElement>("#live-link");
  form?.requestSubmit();
  return form !== null;
}

function undoHere(): boolean {
  const form = document.querySelector<HTMLFormElement>("form[data-undo]");
  form?.requestSubmit();
  return form !== null;
}

function go(address: string | undefined): boolean {
  if (!address) return false;
  location.assign(address);
  return true;
}
