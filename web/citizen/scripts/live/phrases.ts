// What the live page may say, in its language. The sentences of the other pages stay with those.

import { part } from "../page-data";

export type LivePhrase =
  | "goLive" | "goOn" | "opening" | "noSignalYet" | "refusedBusy" | "refusedOther" | "linkUsed" | "elsewhere"
  | "cameraRefused" | "cameraNone" | "cameraTaken" | "unsupported" | "inApp" | "notSecure" | "soundRefused"
  | "onAir" | "onAirBehind" | "offline" | "catchingUp" | "cameraAway" | "endsSoon" | "notKept"
  | "soundOn" | "soundOff" | "placeOn" | "placeOff" | "placeRefused" | "placeNone"
  | "saidLive" | "saidOffline" | "saidBack"
  | "keptSummary" | "keptAway" | "forgotten"
  | "sending" | "finishing" | "arrived" | "notArrived" | "closedByStaff" | "endedByLimit" | "endedByStaff" | "endedAway"
  | "summary";

interface LiveData {
  /** What was agreed to: the hash of the page's own words. */
  terms: string;
  /** Whether nobody can go live here. */
  off: boolean;
  strings: Record<LivePhrase, string>;
}

export const live = JSON.parse(part("#live-data").textContent ?? "") as LiveData;

/** A sentence in the page's language, its {braces} filled in. */
export function say(phrase: LivePhrase, values: Record<string, string | number> = {}): string {
  return live.strings[phrase].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
