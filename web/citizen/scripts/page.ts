// The page where a tip is told and sent. Without this script its form works as forms always did.

import { isSupported } from "tus-js-client";
import { stayAwake } from "./awake";
import { Chosen } from "./choosing";
import { newKey } from "./key";
import { fingerprint, type Unfinished } from "./memory";
import { NotOpened, NotProven, openTip } from "./opening";
import { part, say, tell } from "./page-data";
import { Sending } from "./sending";
import { offerToGoOn } from "./unfinished";

const UPLOADS = "/files/";
const SLOW_SECONDS = 5;

if (isSupported) {
  const form = part<HTMLFormElement>("#tip");
  const chosen = new Chosen(form);
  const send = part<HTMLButtonElement>(".send", form);
  const error = part('[data-slot="error"]', form);
  const patience = part('[data-slot="patience"]', form);
  let opening = false;
  let slow = 0;

  document.documentElement.classList.add("ready");
  offerToGoOn(UPLOADS);

  // What was missing may be there now.
  form.addEventListener("input", () => tell(error, ""));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (opening) return;
    if (chosen.files.length === 0 && !hasWords(form)) return refuse(say("nothingToSend"));
    opening = true;
    tell(error, "");
    send.textContent = say("opening");
    try {
      const tip = await openTip(form, () => chosen.files.length, { checking, waiting }).finally(() => stayAwake(false));
      const since = Date.now();
      const files = chosen.files.map((file): [File, Unfinished] => [
        file,
        { fingerprint: fingerprint(file), size: file.size, url: null, key: newKey(), token: tip.token, since },
      ]);
      form.reset(); // what was written stays on no screen and in no form history
      new Sending(files, tip.uploads, tip.receipt);
    } catch (problem) {
      if (!(problem instanceof NotOpened)) throw problem;
      // The plain form has a share of its own; a file that breaks off there would take the words along.
      if (problem instanceof NotProven && chosen.files.length === 0) return form.submit();
      refuse(problem.message);
    } finally {
      opening = false;
      clearTimeout(slow);
      tell(patience, "");
      send.textContent = say("sendTip");
    }
  });

  /** Most phones are through before anybody wonders; whoever has to wait is told why. */
  function checking(): void {
    send.textContent = say("checking");
    tell(patience, "");
    clearTimeout(slow);
    slow = window.setTimeout(() => explain(say("checkingLong")), SLOW_SECONDS * 1000);
  }

  /** Until the tip is open, what is written is on this page alone. */
  function waiting(why: string): void {
    stayAwake(true);
    clearTimeout(slow);
    explain(why);
  }

  function explain(why: string): void {
    if (patience.textContent === why) return;
    tell(patience, why);
    patience.scrollIntoView({ block: "nearest" });
  }

  function refuse(sentence: string): void {
    tell(error, sentence);
    error.focus();
  }
}

function hasWords(form: HTMLFormElement): boolean {
  const fields = form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("textarea, .usa-input");
  return [...fields].some(({ value }) => value.trim() !== "");
}
