// What the server tells the script: limits, and every sentence it may say, in the page's language.

export type Phrase =
  | "nothingToSend" | "tooBig" | "emptyFile" | "tooMany" | "remove" | "fromMessenger" | "fromScreen"
  | "opening" | "checking" | "checkingLong" | "stillTrying" | "notTaken" | "crowded" | "notChecked" | "refusedByServer"
  | "sendTip" | "tipOpen" | "allArrived" | "notAllArrived" | "goingOn"
  | "filesTitle" | "waiting" | "starting" | "sentOf" | "sending" | "leftSeconds" | "leftMinutes" | "leftHours"
  | "paused" | "noSignal" | "busy" | "crowdedFile" | "noRoom" | "done" | "cancelled"
  | "failedGone" | "failedRefused" | "fileTooLarge" | "tipFull" | "tipOver"
  | "pause" | "resume" | "tryAgain" | "cancel" | "pauseFile" | "resumeFile" | "tryFileAgain" | "cancelFile"
  | "progressOf" | "copied" | "saidPercent" | "saidDone" | "saidNoSignal" | "saidGoingOn"
  | "noFile" | "notAsked" | "visitOver"
  | "unfinishedOne" | "unfinishedMany" | "notTheSame";

interface PageData {
  language: string;
  /** `files` per tip, `bytes` per file, `hours` an unfinished upload is kept. */
  limits: { files: number; bytes: number; hours: number };
  /** Whether there is room for files. */
  takesFiles: boolean;
  /** The script that solves a challenge; loaded only when one is set. */
  prover: string;
  strings: Record<Phrase, string>;
}

export const page = JSON.parse(part("#page-data").textContent ?? "") as PageData;

/** A sentence in the page's language, its {braces} filled in. */
export function say(phrase: Phrase, values: Record<string, string | number> = {}): string {
  return page.strings[phrase].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The one element that matches; the template promises it. */
export function part<E extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): E {
  const found = within.querySelector<E>(selector);
  if (!found) throw new Error(`the page has no ${selector}`);
  return found;
}

/** A fresh copy of a template's one element. */
export function copyOf(template: string): HTMLElement {
  const content = part<HTMLTemplateElement>(template).content.cloneNode(true) as DocumentFragment;
  return part("*", content);
}

/** Show a text, or hide the place where it has none. */
export function tell(place: HTMLElement, text: string): void {
  place.textContent = text;
  place.hidden = text === "";
}
