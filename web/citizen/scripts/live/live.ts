// The live page: it asks every time, films, and stays until everything has arrived.

import { clock, fileSize } from "../amounts";
import { stayAwake } from "../awake";
import { newKey } from "../key";
import { page, part, tell } from "../page-data";
import { showAfterwards } from "./afterwards";
import { Broadcast, type Ending } from "./broadcast";
import { Camera, type Facing, NoCamera, type Trouble } from "./camera";
import { LiveDoor, openSession, Refused } from "./door";
import { chooseFormat } from "./format";
import { invitationIn } from "./invitation";
import { Part } from "./part";
import { live, type LivePhrase, say } from "./phrases";
import { abilities, insideAnApp, obstacle } from "./platform";
import { Screen } from "./screen";
import * as shelf from "./shelf";

const TROUBLES: Record<Trouble, LivePhrase> = {
  refused: "cameraRefused",
  none: "cameraNone",
  taken: "cameraTaken",
  unsupported: "unsupported",
};

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
let left: shelf.KeptSession | null = null;
let busy = false;

document.documentElement.classList.add("ready");
void begin();

async function begin(): Promise<void> {
  const against = obstacle(abilities()) ?? (canRecord() ? null : "unsupported");
  if (against) {
    start.disabled = true;
    return tell(error, say(against));
  }
  if (insideAnApp(navigator.userAgent)) tell(part('[data-slot="inside"]', asking), say("inApp"));
  if (!(await alone())) {
    start.disabled = true;
    return tell(error, say("elsewhere"));
  }
  left = (await shelf.sessions()).sort((one, other) => other.began - one.began)[0] ?? null;
  if (left) await offerToGoOn(left);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void goLive();
  });
  start.disabled = false;
}

async function goLive(): Promise<void> {
  if (busy) return;
  busy = true;
  tell(error, "");
  start.textContent = say("opening");
  const chosen = new FormData(form);
  try {
    await camera.open(chosen.get("camera") as Facing, chosen.has("sound"));
    const [kept, parts] = left ? await again(left) : [await anew(), []];
    broadcast = new Broadcast(kept, kept.limits, camera, { prompted, placeTroubled, over });
    broadcast.recall(parts);
    broadcast.film(parts.length > 0 || kept.parts > 0 ? "resumed" : "start");
    if (chosen.has("place")) sharePlace();
    if (chosen.has("sound") && !camera.sound) screen.notice(say("soundRefused"));
    asking.hidden = true;
    showSwitches();
    screen.show(broadcast);
    screen.announce(say("saidLive"));
    stayAwake(true);
  } catch (failure) {
    camera.close();
    refuse(sentenceFor(failure));
  } finally {
    busy = false;
    start.textContent = say(left ? "goOn" : "goLive");
  }
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
    arrived: [],
  };
  await shelf.keepSession(kept);
  return kept;
}

/** The broadcast that was left, with what is still here of it. */
async function again(kept: shelf.KeptSession): Promise<[shelf.KeptSession, Part[]]> {
  const { state } = await new LiveDoor(kept.token).beat(QUIET);
  if (state !== "live") {
    await sendTheRest(kept);
    throw new Over();
  }
  return [kept, await partsLeft(kept)];
}

const QUIET = { behind_ms: 0, pending_bytes: 0, delivered: 0, seen: 0, visible: true };

class Over extends Error {}

async function partsLeft(kept: shelf.KeptSession): Promise<Part[]> {
  const parts = await shelf.partsOf(kept.id);
  return Promise.all(parts.map(async (one) => Part.recalled(one, await shelf.chunksOf(one))));
}

async function sendTheRest(kept: shelf.KeptSession): Promise<void> {
  const parts = await partsLeft(kept);
  asking.hidden = true;
  broadcast = new Broadcast(kept, kept.limits, camera, { prompted, placeTroubled, over });
  broadcast.recall(parts);
  stayAwake(true);
  broadcast.over("citizen");
}

async function offerToGoOn(kept: shelf.KeptSession): Promise<void> {
  const parts = await partsLeft(kept);
  const bytes = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const panel = part("#left");
  part('[data-slot="summary"]', panel).textContent = say("keptSummary", { size: fileSize(bytes), time: clock(kept.began) });
  part('[data-do="rest"]', panel).addEventListener("click", () => void sendTheRest(kept));
  panel.hidden = false;
  start.textContent = say("goOn");
}

function showSwitches(): void {
  const stop = part('[data-do="stop"]');
  stop.addEventListener("click", () => broadcast?.over("citizen"));
  part('[data-do="turn"]').addEventListener("click", () => void camera.turn());
  const sound = part('[data-do="sound"]');
  sound.addEventListener("click", () => void camera.listen(!camera.sound).then(draw));
  const place = part('[data-do="place"]');
  place.addEventListener("click", () => {
    if (broadcast?.place) broadcast.keepPlace();
    else sharePlace();
    draw();
  });
  draw();

  function draw(): void {
    label(sound, camera.sound, "soundOn", "soundOff");
    label(place, broadcast?.place != null, "placeOn", "placeOff");
  }
}

function label(button: HTMLElement, on: boolean, onPhrase: LivePhrase, offPhrase: LivePhrase): void {
  button.classList.toggle("deck__on", on);
  part('[data-slot="label"]', button).textContent = say(on ? onPhrase : offPhrase);
}

function sharePlace(): void {
  broadcast?.sharePlace();
}

function placeTroubled(trouble: "refused" | "none"): void {
  if (trouble === "refused") broadcast?.keepPlace();
  label(part('[data-do="place"]'), broadcast?.place != null, "placeOn", "placeOff");
  screen.notice(say(trouble === "refused" ? "placeRefused" : "placeNone"));
}

function prompted(prompt: { sequence: number; text: string }): void {
  screen.prompt(prompt, () => broadcast?.beats?.saw(prompt.sequence));
}

function over(_: Ending): void {
  screen.hide();
  if (part("#afterwards").hidden && broadcast) void wordsOf(broadcast.kept).then((words) => showAfterwards(broadcast!, words));
}

/** The nine words: from this page's own request, or by asking once more what was asked before the page went. */
async function wordsOf(kept: shelf.KeptSession): Promise<string | null> {
  if (receipt || !kept.asked) return receipt;
  const { key, body } = kept.asked;
  return (await openSession(key, body).catch(() => null))?.receipt ?? null;
}

/** Only one page may film and send at a time. */
async function alone(): Promise<boolean> {
  if (!navigator.locks) return true;
  return new Promise((resolve) => {
    void navigator.locks.request("tipline.live", { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise<void>(() => undefined); // until the page goes
    });
  });
}

function canRecord(): boolean {
  return chooseFormat((mime) => MediaRecorder.isTypeSupported(mime), navigator.userAgent, true) !== null;
}

function sentenceFor(failure: unknown): string {
  if (failure instanceof Over) return "";
  if (failure instanceof NoCamera) return say(TROUBLES[failure.trouble]);
  if (!(failure instanceof Refused)) return say("noSignalYet");
  if (failure.code === "link_used") return say("linkUsed");
  return failure.passes ? say("refusedBusy") : say("refusedOther", { reason: failure.sentence || failure.status });
}

function refuse(sentence: string): void {
  tell(error, sentence);
  if (sentence) error.focus();
}
