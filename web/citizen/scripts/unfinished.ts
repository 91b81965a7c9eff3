// After a reload: the page knows of an upload that is not finished, and asks for the same file again.

import { Upload } from "tus-js-client";
import { clock, fileSize } from "./amounts";
import { fingerprint, forget, recall, type Unfinished } from "./memory";
import { part, say, tell } from "./page-data";
import { Sending } from "./sending";

export function offerToGoOn(endpoint: string): void {
  const unfinished = recall();
  if (unfinished.length === 0) return;
  const panel = part("#unfinished");
  part('[data-slot="summary"]', panel).textContent = summary(unfinished);
  panel.hidden = false;

  const input = part<HTMLInputElement>("#again", panel);
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = "";
    const known = files.flatMap((file) => matching(file, unfinished));
    const stranger = files.find((file) => matching(file, unfinished).length === 0);
    tell(part('[data-slot="error"]', panel), stranger ? say("notTheSame", { name: stranger.name }) : "");
    if (known.length > 0) new Sending(known, endpoint, null);
  });
  part('[data-do="forget"]', panel).addEventListener("click", () => {
    unfinished.forEach(giveUp);
    panel.hidden = true;
  });
}

function matching(file: File, unfinished: Unfinished[]): [File, Unfinished][] {
  const print = fingerprint(file);
  const found = unfinished.find((one) => one.fingerprint === print && one.size === file.size);
  return found ? [[file, found]] : [];
}

function giveUp(unfinished: Unfinished): void {
  forget(unfinished);
  // Where the server cannot be told now, it deletes the upload when its time is over.
  if (unfinished.url) Upload.terminate(unfinished.url).catch(() => undefined);
}

function summary(unfinished: Unfinished[]): string {
  const size = fileSize(unfinished.reduce((sum, one) => sum + one.size, 0));
  const time = clock(Math.min(...unfinished.map(({ since }) => since)));
  return say(unfinished.length === 1 ? "unfinishedOne" : "unfinishedMany", {
    count: unfinished.length,
    size,
    time,
  });
}
