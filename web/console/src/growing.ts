// Plays a copy while it is being made: piece after piece into a MediaSource, until the whole copy stands.
import { complain } from "./notices";

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
  if (progress.type && !progress.whole && window.MediaSource?.isTypeSupported(progress.type)) {
    progress = await append(video, pieces, progress);
  }
  while (!progress.whole && !progress.given_up && video.isConnected) {
    await pause();
    progress = await look(pieces);
  }
  if (progress.whole) takeOver(video, progress.whole);
  else if (progress.given_up) complain("The copy could not be finished. The sealed original is untouched.");
}

async function append(video: HTMLVideoElement, pieces: string, first: Progress): Promise<Progress> {
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await once(source, "sourceopen");
  const buffer = source.addSourceBuffer(first.type!);
  if (first.seconds) source.duration = first.seconds;
  let progress = first;
  for (let number = 0; !progress.whole && !progress.given_up && video.isConnected; ) {
    if (number === progress.pieces) {
      await pause();
      progress = await look(pieces);
      continue;
    }
    const piece = await fetch(`${pieces}/${number}`);
    if (!piece.ok) {
      progress = await look(pieces);
      if (!progress.whole) await pause();
      continue;
    }
    buffer.appendBuffer(await piece.arrayBuffer());
    await once(buffer, "updateend");
    number += 1;
  }
  return progress;
}

/** Go on with the whole copy where the pieces were. */
function takeOver(video: HTMLVideoElement, whole: string): void {
  const { currentTime, paused } = video;
  const waiting = video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA;
  video.src = whole;
  video.currentTime = currentTime;
  if (!paused || waiting) void video.play().catch(() => complain("This clip does not play here."));
}

async function look(pieces: string): Promise<Progress> {
  try {
    const answer = await fetch(pieces, { headers: { Accept: "application/json" } });
    if (answer.ok) return (await answer.json()) as Progress;
  } catch {
    // Away for a moment; the next look tells.
  }
  return { type: null, seconds: null, pieces: 0, whole: null, given_up: false };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

const once = (target: EventTarget, name: string): Promise<Event> =>
  new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));
