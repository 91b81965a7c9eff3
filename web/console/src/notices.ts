// Short words at the foot of the page: what went wrong, or what can be undone.

const STAYS_MS = 9000;

type Offer = { words: string; key: string; act: () => void };

let offered: { notice: HTMLElement; act: () => void } | undefined;

/** Say something; `offer` adds one button, and its key works while the notice stands. */
export function say(words: string, offer?: Offer): void {
  const notice = stand(words, "");
  if (!offer) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = offer.words;
  const key = document.createElement("kbd");
  key.textContent = offer.key;
  button.append(key);
  const act = (): void => {
    notice.remove();
    offered = undefined;
    offer.act();
  };
  button.addEventListener("click", act);
  notice.append(button);
  offered = { notice, act };
}

/** Say what went wrong. */
export function complain(words: string): void {
  stand(words, "notice--bad");
}

/** Do what the standing notice offers; false where none stands. */
export function takeOffer(): boolean {
  if (!offered?.notice.isConnected) return false;
  offered.act();
  return true;
}

function stand(words: string, kind: string): HTMLElement {
  const notice = document.createElement("div");
  notice.className = `notice ${kind}`.trim();
  const text = document.createElement("span");
  text.textContent = words;
  notice.append(text);
  document.getElementById("notices")?.replaceChildren(notice);
  window.setTimeout(() => notice.remove(), STAYS_MS);
  return notice;
}
