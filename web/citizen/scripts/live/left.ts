// A broadcast that was left: the page was closed, the browser killed, the battery empty. What was kept is still here.

import { clock, fileSize } from "../amounts";
import { part } from "../page-data";
import { LiveDoor } from "./door";
import { Part } from "./part";
import { say } from "./phrases";
import * as shelf from "./shelf";

/** The newest that this device has not finished sending; null where there is none. */
export async function leftHere(): Promise<shelf.KeptSession | null> {
  const kept = await shelf.sessions();
  return kept.sort((one, other) => other.began - one.began)[0] ?? null;
}

/** Its parts as they lie here; nothing follows in any of them. */
export async function partsOf(kept: shelf.KeptSession): Promise<Part[]> {
  const parts = await shelf.partsOf(kept.id);
  return Promise.all(parts.map(async (one) => Part.recalled(one, await shelf.chunksOf(one))));
}

/** Whether the server still counts it as running. */
export async function stillRuns(kept: shelf.KeptSession): Promise<boolean> {
  const quiet = { behind_ms: 0, pending_bytes: 0, delivered: 0, seen: 0, visible: true };
  return (await new LiveDoor(kept.token).beat(quiet)).state === "live";
}

/** Say what is here, and offer to send it, or to delete it. */
export async function offer(kept: shelf.KeptSession, send: () => void, forgotten: () => void): Promise<void> {
  const bytes = (await partsOf(kept)).reduce((sum, { bytes }) => sum + bytes, 0);
  const panel = part("#left");
  part('[data-slot="summary"]', panel).textContent = say("keptSummary", { size: fileSize(bytes), time: clock(kept.began) });
  part('[data-do="rest"]', panel).addEventListener("click", send);
  part('[data-do="forget"]', panel).addEventListener("click", () => {
    panel.hidden = true;
    forgotten();
    void forget(kept);
  });
  panel.hidden = false;
}

/** What was not sent goes from this device; the server keeps what it has. */
async function forget(kept: shelf.KeptSession): Promise<void> {
  await shelf.dropSession(kept.id);
  await new LiveDoor(kept.token).end(kept.parts).catch(() => undefined); // without a signal, silence ends it
}
