// What the device remembers of an upload until it is finished, so that it can go on after a reload:
// its address, the tip's upload token, and a fingerprint to know the file by. No name, no words, no receipt.

import { page } from "./page-data";

export interface Unfinished {
  fingerprint: string;
  size: number;
  /** Where the upload goes on; null until the server has opened it. */
  url: string | null;
  /** Opens the upload; the same one, where the answer was lost. */
  key: string;
  token: string;
  /** When the tip was opened, in milliseconds since 1970. */
  since: number;
}

const KEY = "tipline.unfinished";

/** Everything unfinished that the server can still know of. */
export function recall(): Unfinished[] {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as Unfinished[];
    return kept.filter(({ since }) => Date.now() - since < page.limits.hours * 3_600_000);
  } catch {
    return []; // storage is switched off, or holds something else: then nothing is resumed after a reload
  }
}

export function remember(unfinished: Unfinished): void {
  store([...recall().filter((other) => !same(other, unfinished)), unfinished]);
}

export function forget(unfinished: Unfinished): void {
  store(recall().filter((other) => !same(other, unfinished)));
}

/** The same file of the same device gives the same text; a name cannot be read out of it. */
export function fingerprint(file: File): string {
  return hash53([file.name, file.type, file.size, file.lastModified].join("\n"));
}

function same(one: Unfinished, other: Unfinished): boolean {
  return one.fingerprint === other.fingerprint && one.token === other.token;
}

function store(all: Unfinished[]): void {
  try {
    if (all.length === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // Storage is full or switched off: sending works all the same.
  }
}

// 53 bits of a multiplicative hash: enough to tell a person's files apart; crypto.subtle needs https.
function hash53(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
