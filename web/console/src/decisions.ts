// Sends decisions without leaving the page; the page then learns of them as everybody's page does.
import { complain, say } from "./notices";
import { refreshSoon } from "./refresh";
import { Refused, send } from "./send";

export function prepareQuietForms(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-quiet]")) return;
    event.preventDefault();
    const submitter = (event as SubmitEvent).submitter;
    if (form.dataset["action"] === "attach" && form.querySelector("#find-case") && !submitter) {
      // Enter in the search field takes the first case found.
      form.querySelector<HTMLButtonElement>(".found__case")?.click();
      return;
    }
    void decide(form, new FormData(form, submitter));
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
    say("Tip closed.", { words: "Undo", key: "u", act: () => void undo(address.pathname) });
  }
  if (address.pathname.endsWith("/reopen")) say("Tip reopened.");
  if (form.dataset["said"]) say(form.dataset["said"]);
  refreshSoon();
}

async function undo(closing: string): Promise<void> {
  try {
    await send(closing.replace(/close$/, "reopen"));
    say("Tip reopened.");
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    complain(refusal.message);
  }
  refreshSoon();
}
