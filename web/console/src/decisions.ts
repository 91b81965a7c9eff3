// Sends decisions without leaving the page; the page then learns of them as everybody's page does.
import { complain, say } from "./notices";
import { refreshSoon } from "./refresh";
import { Refused, send } from "./send";

export function prepareQuietForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    // A second tap while the first is on its way is the same deed.
    if (form.dataset["busy"] !== undefined) return;
    form.dataset["busy"] = "";
    void decide(form, new FormData(form, (event as SubmitEvent).submitter)).finally(() => delete form.dataset["busy"]);
  });
}

async function decide(form: HTMLFormElement, data: FormData): Promise<void> {
  const address = new URL(form.action);
  form.closest("dialog")?.close();
  try {
    await send(address.pathname, data);
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    complain(refusal.message);
    refreshSoon();
    return;
  }
  form.reset();
  if (address.pathname.endsWith("/close")) {
    const reopening = address.pathname.replace(/close$/, "reopen");
    say("Tip closed.", { words: "Undo", key: "u", act: () => void undo(reopening, "Tip reopened.") });
  }
  if (address.pathname.endsWith("/echoes/dismiss")) {
    const restoring = address.pathname.replace(/dismiss$/, "restore");
    say("Said to be not the same.", { words: "Undo", key: "u", act: () => void undo(restoring, "Shown again.", data) });
  }
  if (address.pathname.endsWith("/echoes/restore")) say("Shown again.");
  if (address.pathname.endsWith("/reopen")) say("Tip reopened.");
  if (form.dataset["said"]) say(form.dataset["said"]);
  refreshSoon();
}

async function undo(address: string, done: string, data?: FormData): Promise<void> {
  try {
    await send(address, data);
    say(done);
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    complain(refusal.message);
  }
  refreshSoon();
}
