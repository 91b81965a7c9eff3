// Plays a copy while it is being made: piece after piece into a MediaSource, until the whole copy stands.
import { complain } from "./notices";
import { signInAgain } from "./page";

type Progress = {
  type: string | null;
  seconds: number | null;
  pieces: number;
  whole: string | null;
  given_up: boolean;
};

const LOOK_MS = 700;

/** Let `video` play what `pieces` tells of; resolves once the whole copy has taken over. */
export async function follow(video: HTMLVideoElement, pieces: string): Promise<void> {
  let progress = await look(pieces);
  if (progress.type && !over(progress) && window.MediaSource?.isTypeSupported(progress.type)) {
    try {
      progress = await append(video, pieces, progress);
    } catch {
      // The player refused a piece. The whole copy is another file, and may be spared that.
      complain("This clip does not play while it is being prepared. It plays here once it is whole.");
    }
  }
  while (!over(progress) && video.isConnected) {
    await pause();
    progress = await look(pieces);
  }
  if (progress.whole) takeOver(video, progress.whole);
  else if (progress.given_up) complain("The copy could not be finished. The sealed original is untouched.");
}

const over = (progress: Progress): boolean => progress.whole !== null || progress.given_up;

/** Hand piece after piece to the player; throws where it refuses one. */
async function append(video: HTMLVideoElement, pieces: string, first: Progress): Promise<Progress> {
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await once(source, "sourceopen");
  URL.revokeObjectURL(video.src);
  const buffer = source.addSourceBuffer(first.type!);
  if (first.seconds) source.duration = first.seconds;
  let progress = first;
  let piece: ArrayBuffer | undefined;
  for (let number = 0; !over(progress) && video.isConnected; ) {
    if (number < progress.pieces) piece ??= await load(`${pieces}/${number}`);
    if (piece && (await takes(buffer, piece))) {
      piece = undefined;
      number += 1;
    } else {
      await pause();
      progress = await look(pieces);
    }
  }
  return progress;
}

async function load(piece: string): Promise<ArrayBuffer | undefined> {
  try {
    const answer = await fetch(piece);
    if (answer.ok) return await answer.arrayBuffer();
  } catch {
    // The network is away for a moment, or the answer was cut; it is asked for again.
  }
  return undefined;
}

/** Whether the player had room: of a long film it takes only so much ahead, until it may give up what was seen. */
async function takes(buffer: SourceBuffer, piece: ArrayBuffer): Promise<boolean> {
  try {
    buffer.appendBuffer(piece);
  } catch (refused) {
    if ((refused as DOMException).name === "QuotaExceededError") return false;
    throw refused;
  }
  await once(buffer, "updateend");
  return true;
}

/** Go on with another copy, at the moment where this one was. */
export function takeOver(video: HTMLVideoElement, whole: string): void {
  const { currentTime, paused } = video;
  video.src = whole;
  video.currentTime = currentTime;
  if (!paused) void video.play().catch(() => complain("This clip does not play here."));
}

async function look(pieces: string): Promise<Progress> {
  try {
    // Looking is not a person's doing, and keeps no session alive; the pieces that are watched do.
    const answer = await fetch(pieces, { headers: { Accept: "application/json", "X-Tipline-Live": "1" } });
    if (answer.ok) return (await answer.json()) as Progress;
    if (answer.status === 401) signInAgain();
  } catch {
    // Away for a moment; the next look tells.
  }
  return { type: null, seconds: null, pieces: 0, whole: null, given_up: false };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

const once = (target: EventTarget, name: string): Promise<Event> =>
  new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));
