// The buttons under the picture: Stop, the other camera, the sound, the place.

import { part } from "../page-data";
import type { Broadcast } from "./broadcast";
import type { Camera } from "./camera";
import { type LivePhrase, say } from "./phrases";

const STOP = '[data-do="stop"]';

/** Let the buttons act on this broadcast; what they say is what the next tap does. */
export function connect(broadcast: Broadcast, camera: Camera): void {
  part(STOP).onclick = () => broadcast.over("citizen");
  part('[data-do="turn"]').onclick = () => void camera.turn();
  part('[data-do="sound"]').onclick = () => void camera.listen(!camera.sound).then(() => label(broadcast, camera));
  part('[data-do="place"]').onclick = () => {
    if (broadcast.place) broadcast.keepPlace();
    else broadcast.sharePlace();
    label(broadcast, camera);
  };
  label(broadcast, camera);
}

export function label(broadcast: Broadcast, camera: Camera): void {
  show("sound", camera.sound, "soundOn", "soundOff");
  show("place", broadcast.place !== null, "placeOn", "placeOff");
}

function show(name: string, on: boolean, onPhrase: LivePhrase, offPhrase: LivePhrase): void {
  const button = part(`[data-do="${name}"]`);
  button.classList.toggle("deck__on", on);
  part('[data-slot="label"]', button).textContent = say(on ? onPhrase : offPhrase);
}
