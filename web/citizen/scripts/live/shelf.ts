// What is recorded lies here until the server has it: a reload, a killed browser or an empty battery lose nothing that was
// kept. A browser may cut the connection of a page in the background, or have no room: then memory alone holds it.

import type { Limits } from "./door";
import type { KeptPart } from "./part";

/** A broadcast that this device has not finished sending. */
export interface KeptSession {
  id: string;
  token: string;
  began: number;
  /** By these the same request finds the nine words again; forgotten as soon as they are shown. */
  asked: { key: string; body: string } | null;
  ended: boolean;
  /** When the first part of the film began; null before it did. */
  filmed: number | null;
  /** How many parts there are. */
  parts: number;
  limits: Limits;
  /** The number of the last of what staff asked that was read. */
  read: number;
  /** The parts that the server has, whole. */
  arrived: { sequence: number; bytes: number; chain: string }[];
}

const NAME = "tipline.live";
const SESSIONS = "sessions";
const PARTS = "parts";
const CHUNKS = "chunks";
/** Who waits longer for the disk falls behind; the chunk then goes out of memory. */
const PATIENCE_MS = 1_000;
/** A page that takes up what was kept has nothing else to do yet. */
const READING_MS = 10_000;
/** Chunks read in one go: what lies here may be more than a phone has memory. */
const AT_ONCE = 32;

/** A disk that failed is left alone for as long. */
const REST_MS = 10_000;

let connection: Promise<IDBDatabase> | null = null;
let restsUntil = 0;

/** What lies here cannot be read just now. Nothing of it may be taken for absent. */
export class ShelfAway extends Error {}

/** Whether this device keeps anything, as far as it was asked lately. */
export function keeping(): boolean {
  return performance.now() >= restsUntil;
}

export async function keepSession(session: KeptSession): Promise<void> {
  await attempt([SESSIONS], (store) => store(SESSIONS).put(session));
}

export async function keepPart(part: KeptPart): Promise<void> {
  await attempt([PARTS], (store) => store(PARTS).put(part));
}

/** Whether it is kept. */
export async function keepChunk({ session, sequence }: KeptPart, index: number, bytes: ArrayBuffer): Promise<boolean> {
  return (await attempt([CHUNKS], (store) => store(CHUNKS).put({ session, sequence, index, bytes }))) !== null;
}

export async function chunkOf({ session, sequence }: KeptPart, index: number): Promise<ArrayBuffer | null> {
  const key = [session, sequence, index];
  const found = await attempt([CHUNKS], (store) => store(CHUNKS).get(key) as IDBRequest<KeptChunk | undefined>);
  return found?.bytes ?? null;
}

/** The server has all of it. */
export async function dropPart({ session, sequence }: KeptPart): Promise<void> {
  await attempt([PARTS, CHUNKS], (store) => {
    store(PARTS).delete([session, sequence]);
    return store(CHUNKS).delete(IDBKeyRange.bound([session, sequence], [session, sequence, []]));
  });
}

export async function dropSession(id: string): Promise<void> {
  await attempt([SESSIONS, PARTS, CHUNKS], (store) => {
    store(PARTS).delete(IDBKeyRange.bound([id], [id, []]));
    store(CHUNKS).delete(IDBKeyRange.bound([id], [id, []]));
    return store(SESSIONS).delete(id);
  });
}

/** Throws `ShelfAway`. */
export async function sessions(): Promise<KeptSession[]> {
  return read(SESSIONS, (store) => store.getAll() as IDBRequest<KeptSession[]>);
}

/** Throws `ShelfAway`. */
export async function partsOf(id: string): Promise<KeptPart[]> {
  const range = IDBKeyRange.bound([id], [id, []]);
  return read(PARTS, (store) => store.getAll(range) as IDBRequest<KeptPart[]>);
}

/** The chunks of a part in their order, up to the first that could not be kept. Throws `ShelfAway`. */
export async function* chunksOf({ session, sequence }: KeptPart): AsyncGenerator<ArrayBuffer> {
  for (let next = 0; ; next += AT_ONCE) {
    const range = IDBKeyRange.bound([session, sequence, next], [session, sequence, []]);
    const found = await read(CHUNKS, (store) => store.getAll(range, AT_ONCE) as IDBRequest<KeptChunk[]>);
    for (const [place, { index, bytes }] of found.entries()) {
      if (index !== next + place) return;
      yield bytes;
    }
    if (found.length < AT_ONCE) return;
  }
}

async function read<T>(name: string, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const found = await attempt([name], (store) => act(store(name)), READING_MS);
  if (found === null) throw new ShelfAway();
  return found;
}

interface KeptChunk {
  index: number;
  bytes: ArrayBuffer;
}

type Stores = (name: string) => IDBObjectStore;

/** Do it, a second time over a fresh connection; null where this device keeps nothing. */
async function attempt<T>(
  names: string[],
  act: (store: Stores) => IDBRequest<T>,
  patience = PATIENCE_MS,
): Promise<T | null> {
  if (!keeping()) return null;
  for (let tries = 0; tries < 2; tries += 1) {
    try {
      const database = await soon((connection ??= open()), patience);
      return await soon(done(database.transaction(names, "readwrite"), act), patience);
    } catch {
      connection = null; // cut, full or forbidden
    }
  }
  restsUntil = performance.now() + REST_MS;
  return null;
}

function done<T>(transaction: IDBTransaction, act: (store: Stores) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = act((name) => transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("not kept"));
  });
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(SESSIONS, { keyPath: "id" });
      request.result.createObjectStore(PARTS, { keyPath: ["session", "sequence"] });
      request.result.createObjectStore(CHUNKS, { keyPath: ["session", "sequence", "index"] });
    };
    request.onsuccess = () => {
      request.result.onclose = () => (connection = null);
      resolve(request.result);
    };
    request.onerror = request.onblocked = () => reject(request.error ?? new Error("not opened"));
  });
}

function soon<T>(promise: Promise<T>, patience: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("too slow")), patience);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
