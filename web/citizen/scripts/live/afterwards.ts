// After the broadcast: what is still on its way, that everything arrived, and the nine words.

import { stayAwake } from "../awake";
import { fileSize } from "../amounts";
import { part, tell } from "../page-data";
import { showReceipt } from "../receipt";
import type { Broadcast, Ending } from "./broadcast";
import { type LivePhrase, say } from "./phrases";
import * as shelf from "./shelf";

const LOOK_MS = 250;
const WHY: Partial<Record<Ending, LivePhrase>> = {
  staff: "endedByStaff",
  consent: "closedByStaff",
  closed: "closedByStaff",
  limit: "endedByLimit",
  silence: "endedAway",
};

/** Show how the rest arrives, then `words`: the nine, or null where there are none to show. */
export function showAfterwards(broadcast: Broadcast, receipt: string | null, words: () => Promise<string | null>): void {
  const place = part("#afterwards");
  place.hidden = false;
  const title = part("h1", place);
  if (receipt) showReceipt(receipt);
  title.textContent = sending(broadcast);
  title.focus();
  const looking = window.setInterval(() => {
    const why = broadcast.ending && WHY[broadcast.ending];
    tell(part('[data-slot="why"]', place), why ? say(why) : "");
    if (!broadcast.settled) return void (title.textContent = sending(broadcast));
    clearInterval(looking);
    void over(broadcast, place, title, receipt ? null : words);
  }, LOOK_MS);
}

/** What was kept is deleted unsent. `words` take back what had arrived, where nobody has seen them yet. */
export async function showForgotten(words: Promise<string | null>): Promise<void> {
  const place = part("#afterwards");
  place.hidden = false;
  part('[data-slot="keep-open"]', place).hidden = true;
  part('[data-slot="another"]', place).hidden = false;
  const title = part("h1", place);
  title.textContent = say("forgotten");
  title.focus();
  const found = await words;
  if (found) showReceipt(found);
  place.dataset["state"] = "over";
}

function sending({ uploader }: Broadcast): string {
  return uploader.pending > 0 ? say("sending", { size: fileSize(uploader.pending) }) : say("finishing");
}

async function over(
  { kept, uploader }: Broadcast,
  place: HTMLElement,
  title: HTMLElement,
  words: (() => Promise<string | null>) | null,
): Promise<void> {
  stayAwake(false);
  const missing = uploader.pending > 0 || uploader.parts.some(({ lost }) => lost);
  title.textContent = say(missing ? "notArrived" : "arrived");
  tell(part("#announcer"), title.textContent);
  part('[data-slot="keep-open"]', place).hidden = true;
  part('[data-slot="another"]', place).hidden = false;
  const parts = [...kept.arrived].sort((one, other) => one.sequence - other.sequence);
  const bytes = parts.reduce((sum, one) => sum + one.bytes, 0);
  const summary = part('[data-slot="summary"]', place);
  part('[data-slot="count"]', summary).textContent = say("summary", { count: parts.length, size: fileSize(bytes), bytes });
  part("code", summary).textContent = await hashOver(parts.map(({ chain }) => chain));
  summary.hidden = parts.length === 0;
  const found = await words?.();
  if (found) showReceipt(found);
  await shelf.dropSession(kept.id);
  place.dataset["state"] = "over";
}

/** SHA-256 over the chains of all parts, in their order. */
async function hashOver(chains: string[]): Promise<string> {
  const bytes = Uint8Array.from(chains.join("").match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
