// A broadcast that was left: the page was closed, the browser killed, the battery empty. What was kept is still here.

import { clock, fileSize } from "../amounts";
import { part } from "../page-data";
import { type Beaten, LiveDoor } from "./door";
import { Part } from "./part";
import { say } from "./phrases";
import * as shelf from "./shelf";

/** A broadcast, and its parts as they lie here; nothing follows in any of them. */
export interface Left {
  session: shelf.KeptSession;
  parts: Part[];
}

/** The newest that this device has not finished sending; null where there is none. Throws `ShelfAway`. */
export async function leftHere(): Promise<Left | null> {
  const kept = await shelf.sessions();
  const session = kept.sort((one, other) => other.began - one.began)[0];
  if (!session) return null;
  const parts: Part[] = [];
  for (const one of await shelf.partsOf(session.id)) parts.push(await Part.recalled(one, shelf.chunksOf(one)));
  return { session, parts };
}

/** How it stands at the server. */
export async function standing({ session }: Left): Promise<Beaten> {
  const { read } = session;
  const quiet = { behind_ms: 0, pending_bytes: 0, delivered: read, seen: read, visible: true };
  return new LiveDoor(session.token).beat(quiet);
}

/** Say what is here, and offer to send it, or to delete it. */
export function offer({ session, parts }: Left, send: () => void, forgotten: () => void): void {
  const size = fileSize(parts.reduce((sum, { bytes }) => sum + bytes, 0));
  const panel = part("#left");
  part('[data-slot="summary"]', panel).textContent = say("keptSummary", { size, time: clock(session.began) });
  part('[data-do="rest"]', panel).addEventListener("click", send);
  part('[data-do="forget"]', panel).addEventListener("click", () => {
    panel.hidden = true;
    forgotten();
    void forget(session);
  });
  panel.hidden = false;
}

/** What was not sent goes from this device; the server keeps what it has. */
async function forget(kept: shelf.KeptSession): Promise<void> {
  await shelf.dropSession(kept.id);
  await new LiveDoor(kept.token).end(kept.parts).catch(() => undefined); // without a signal, silence ends it
}
