// The words go to the door by a request of their own, and the tip's page is asked for with the visit that it answers.
//
// A link may carry the nine words behind its "#", which browsers send to nobody: they are filled in, and leave the
// address at once. The button stays the person's to press.

import { goTo, sendQuietly, showOnly } from "./quietly";

const MOST = 300;
const form = document.querySelector<HTMLFormElement>("#open")!;
const field = document.querySelector<HTMLTextAreaElement>("#words")!;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector<HTMLButtonElement>(".send")!;
  if (button.disabled) return;
  button.disabled = true;
  const answer = await sendQuietly(form);
  button.disabled = false;
  if (!answer?.ok) return showOnly({ 404: "refused", 429: "crowded" }[answer?.status ?? 0] ?? "unanswered", form);
  const { visit } = (await answer.json()) as { visit: string };
  const text = new FormData(form).get("text");
  field.value = "";
  goTo(form.action, text ? { visit, text: String(text) } : { visit });
});

fillIn();
window.addEventListener("hashchange", fillIn);

function fillIn(): void {
  const carried = decoded(location.hash.slice(1)).replace(/[^A-Za-z -]+/g, " ").trim();
  if (!carried || carried.length > MOST) return;
  field.value = carried;
  history.replaceState(null, "", location.pathname + location.search);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return "";
  }
}
