// The live page: it asks every time, films, and stays until everything has arrived.

import { stayAwake } from "../awake";
import { newKey } from "../key";
import { page, part, tell } from "../page-data";
import { showAfterwards, showForgotten } from "./afterwards";
import { Broadcast, type Ending } from "./broadcast";
import { Camera, type Facing, NoCamera, type Trouble } from "./camera";
import { openSession, Refused } from "./door";
import { chooseFormat } from "./format";
import { invitationIn } from "./invitation";
import { type Left, leftHere, offer, standing } from "./left";
import type { Part } from "./part";
import { live, type LivePhrase, say } from "./phrases";
import { abilities, insideAnApp, obstacle } from "./platform";
import { Screen } from "./screen";
import * as shelf from "./shelf";
import { connect, label } from "./switches";

const TROUBLES: Record<Trouble, LivePhrase> = {
  refused: "cameraRefused",
  none: "cameraNone",
  taken: "cameraTaken",
  unsupported: "unsupported",
};
const ASK_AGAIN_MS = 2_000;
const LOCK = "tipline.live";

const asking = part("#asking");
const form = part<HTMLFormElement>("#consent");
const start = part<HTMLButtonElement>(".send", form);
const error = part('[data-slot="error"]', form);
const screen = new Screen();
let broadcast: Broadcast | null = null;
const camera = new Camera(screen.preview, {
  changed: () => broadcast?.refilm(),
  paused: (paused) => (screen.cameraAway = paused),
});
/** Kept until there is a broadcast: "Go live", pressed again after a lost answer, is no second one. */
const key = newKey();
let receipt: string | null = null;
let left: Left | null = null;
let busy = false;

document.documentElement.classList.add("ready");
void begin();
// The receipt's own "Go live" leads to this very page, with the words behind the "#".
window.addEventListener("hashchange", () => {
  if (part("#afterwards").dataset["state"] === "over" && location.hash !== "#main") location.reload();
});

async function begin(): Promise<void> {
  if (live.off) return tell(error, say("refusedBusy"));
  const against = obstacle(abilities()) ?? (canRecord() ? null : "unsupported");
  if (against) return tell(error, say(against));
  const aside = part('[data-slot="inside"]', asking);
  if (insideAnApp(navigator.userAgent)) tell(aside, say("inApp"));
  await alone(() => tell(error, say("elsewhere")));
  tell(error, "");
  left = await leftHere().catch(() => (tell(aside, say("keptAway")), null));
  if (left) offer(left, () => void sendTheRest(left!, "citizen"), () => forgotten(left!.session));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void goLive();
  });
  named();
  start.disabled = false;
}

/** What the button does. */
function named(): void {
  start.textContent = say(left ? "goOn" : "goLive");
}

async function goLive(): Promise<void> {
  if (busy) return;
  busy = true;
  tell(error, "");
  start.textContent = say("opening");
  const chosen = new FormData(form);
  try {
    await camera.open(chosen.get("camera") as Facing, chosen.has("sound"));
    const stands = left && (await standing(left));
    if (left && stands && stands.state !== "live") {
      camera.close();
      return sendTheRest(left, (stands.how ?? "citizen") as Ending);
    }
    broadcast = left ? announced(left.session, left.parts) : announced(await anew(), []);
    broadcast.film(left ? "resumed" : "start");
    if (chosen.has("place")) broadcast.sharePlace();
    if (chosen.has("sound") && !camera.sound) screen.notice(say("soundRefused"));
    asking.hidden = true;
    connect(broadcast, camera);
    screen.show(broadcast);
    screen.announce(say("saidLive"));
  } catch (failure) {
    camera.close();
    tell(error, sentenceFor(failure));
    error.focus();
  } finally {
    busy = false;
    named();
  }
}

/** A broadcast whose news reach the screen; what is left of it goes to the server at once. */
function announced(kept: shelf.KeptSession, parts: Part[]): Broadcast {
  stayAwake(true);
  const opened = new Broadcast(kept, kept.limits, camera, {
    prompted: (prompt) => screen.prompt(prompt, (read) => opened.saw(read)),
    placeTroubled: (trouble) => {
      if (trouble === "refused") opened.keepPlace();
      label(opened, camera);
      screen.notice(say(trouble === "refused" ? "placeRefused" : "placeNone"));
    },
    over: () => {
      screen.hide();
      if (part("#afterwards").hidden) showAfterwards(opened, receipt, () => wordsOf(kept));
    },
  });
  opened.recall(parts);
  return opened;
}

/** A new broadcast, of a new tip, of the one whose words came along, or of the one a link belongs to. */
async function anew(): Promise<shelf.KeptSession> {
  const invitation = invitationIn(location.hash);
  const body = JSON.stringify({ terms: live.terms, language: page.language, ...invitation });
  const opened = await openSession(key, body);
  history.replaceState(null, "", location.pathname + location.search); // a link works once; words stay on no screen
  receipt = opened.receipt ?? null;
  const kept: shelf.KeptSession = {
    id: opened.session,
    token: opened.token,
    began: Date.now(),
    asked: opened.receipt ? { key, body } : null,
    ended: false,
    filmed: null,
    parts: 0,
    limits: opened.limits,
    read: 0,
    arrived: [],
  };
  await shelf.keepSession(kept);
  return kept;
}

/** Nothing is filmed: it is over, and `ending` says by whom. */
function sendTheRest({ session, parts }: Left, ending: Ending): void {
  asking.hidden = true;
  broadcast = announced(session, parts);
  broadcast.over(ending);
}

/** It is on this phone no longer. Who never saw the nine words sees them now: what had arrived is with us. */
function forgotten(kept: shelf.KeptSession): void {
  left = null;
  named();
  if (!kept.asked) return;
  asking.hidden = true;
  void showForgotten(wordsOf(kept));
}

/** The nine words, by asking once more what was asked before the page went. */
async function wordsOf({ asked }: shelf.KeptSession): Promise<string | null> {
  while (asked) {
    try {
      return (await openSession(asked.key, asked.body)).receipt ?? null;
    } catch (failure) {
      if (failure instanceof Refused && !failure.passes) return null; // it was too long ago
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    }
  }
  return null;
}

/** Only one page may film and send at a time: wait until no other is open, and say so meanwhile. */
async function alone(waiting: () => void): Promise<void> {
  if (!navigator.locks) return;
  const { held } = await navigator.locks.query();
  if (held?.some(({ name }) => name === LOCK)) waiting();
  await new Promise<void>((resolve) => {
    void navigator.locks.request(LOCK, () => {
      resolve();
      return new Promise<void>(() => undefined); // until the page goes
    });
  });
}

function canRecord(): boolean {
  return chooseFormat((mime) => MediaRecorder.isTypeSupported(mime), navigator.userAgent, true) !== null;
}

function sentenceFor(failure: unknown): string {
  if (failure instanceof NoCamera) return say(TROUBLES[failure.trouble]);
  if (!(failure instanceof Refused)) return say("noSignalYet");
  if (failure.code === "link_used") return say("linkUsed");
  return failure.passes ? say("refusedBusy") : say("refusedOther", { reason: failure.sentence || failure.status });
}
