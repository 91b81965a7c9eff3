// More files for a tip that is open: by the same uploads, which survive a lost signal. Without this script the form
// sends them as forms always did.

import { isSupported } from "tus-js-client";
import { Chosen } from "./choosing";
import { newKey } from "./key";
import { fromTip } from "./live/invitation";
import { fingerprint, type Unfinished } from "./memory";
import { part, say, tell } from "./page-data";
import { goTo, sendQuietly, showOnly } from "./quietly";
import { Sending } from "./sending";

const UPLOADS = "/files/";

const answer = document.querySelector<HTMLFormElement>(".answer");
answer?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = part<HTMLButtonElement>("button", answer);
  if (button.disabled) return;
  button.disabled = true;
  const told = await sendQuietly(answer);
  button.disabled = false;
  if (!told) return showOnly("unanswered", answer);
  if (!told.ok) return answer.submit(); // the page that this answers says why, and has what was written
  const visit = String(new FormData(answer).get("visit"));
  part<HTMLTextAreaElement>("#text", answer).value = "";
  goTo(answer.dataset.then ?? "", { visit, said: "written" });
});

const toLive = document.querySelector<HTMLAnchorElement>('#more [data-do="live"]');
toLive?.addEventListener("click", async (event) => {
  event.preventDefault();
  const form = part<HTMLFormElement>("#more");
  const error = part('[data-slot="error"]', form);
  tell(error, "");
  try {
    location.assign(toLive.pathname + toLive.search + fromTip(await admitted(form)));
  } catch (problem) {
    tell(error, problem instanceof Refused ? problem.message : say("notAsked"));
    error.focus();
  }
});

if (isSupported && document.querySelector("#files")) {
  const form = part<HTMLFormElement>("#more");
  const chosen = new Chosen(form);
  const error = part('[data-slot="error"]', form);
  let asking = false;

  document.documentElement.classList.add("ready");
  form.addEventListener("input", () => tell(error, ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (asking) return;
    if (chosen.files.length === 0) return refuse(say("noFile"));
    asking = true;
    tell(error, "");
    try {
      const token = await admitted(form);
      const since = Date.now();
      const files = chosen.files.map((file): [File, Unfinished] => [
        file,
        { fingerprint: fingerprint(file), size: file.size, url: null, key: newKey(), token, since },
      ]);
      new Sending(files, UPLOADS, null);
      // It would go on to say so below files that have.
      document.querySelector('[data-slot="none-yet"]')?.closest("section")?.remove();
    } catch (problem) {
      refuse(problem instanceof Refused ? problem.message : say("notAsked"));
    } finally {
      asking = false;
    }
  });

  function refuse(sentence: string): void {
    tell(error, sentence);
    error.focus();
  }
}

class Refused extends Error {}

/** A token that binds uploads to this tip. */
async function admitted(form: HTMLFormElement): Promise<string> {
  const given = new FormData(form).get("token"); // whoever came by a personal link has one
  if (given) return String(given);
  const visit = String(new FormData(form).get("visit") ?? "");
  const body = new URLSearchParams({ visit });
  const answer = await fetch("/r/pass", { method: "POST", body, headers: { Accept: "application/json" }, cache: "no-store" });
  if (answer.ok) return ((await answer.json()) as { token: string }).token;
  throw new Refused(say(answer.status === 404 ? "visitOver" : "notAsked"));
}
