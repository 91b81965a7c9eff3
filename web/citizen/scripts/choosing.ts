// Choosing: files gather in a list until the tip is sent; what does not fit is refused at once, in words.

import { fileSize } from "./amounts";
import { advice } from "./coach";
import { copyOf, page, part, say, tell } from "./page-data";

export class Chosen {
  #files: File[] = [];
  #list: HTMLElement;
  #refused: HTMLElement;

  constructor(form: HTMLElement) {
    this.#list = part('[data-slot="chosen"]', form);
    this.#refused = part('[data-slot="refused"]', form);
    for (const input of form.querySelectorAll<HTMLInputElement>('input[type="file"]')) {
      input.addEventListener("change", () => this.#take(input));
      this.#take(input); // chosen while the script was still on its way
    }
    if (page.takesFiles) this.#acceptDrops(part(".files", form));
  }

  get files(): readonly File[] {
    return this.#files;
  }

  #take(input: HTMLInputElement): void {
    const files = [...(input.files ?? [])];
    input.value = ""; // so that a file taken off the list can be chosen again
    if (files.length > 0) this.#add(files);
  }

  #add(files: File[]): void {
    const refusals: string[] = [];
    for (const file of files) {
      const refusal = whyNot(file, this.#files.length);
      if (refusal) refusals.push(refusal);
      else this.#files.push(file);
    }
    tell(this.#refused, refusals.join("\n"));
    this.#show();
  }

  #show(): void {
    this.#list.replaceChildren(...this.#files.map((file) => this.#row(file)));
    this.#list.hidden = this.#files.length === 0;
  }

  #row(file: File): HTMLElement {
    const row = copyOf("#chosen-file");
    part('[data-slot="name"]', row).textContent = file.name;
    part('[data-slot="size"]', row).textContent = fileSize(file.size);
    const coached = advice(file.name);
    tell(part('[data-slot="coach"]', row), coached ? say(coached) : "");
    const remove = part("button", row);
    remove.setAttribute("aria-label", say("remove", { name: file.name }));
    remove.addEventListener("click", () => {
      this.#files = this.#files.filter((other) => other !== file);
      this.#show();
      part("#files").focus();
    });
    return row;
  }

  #acceptDrops(place: HTMLElement): void {
    const dropping = (over: boolean) => place.classList.toggle("dropping", over);
    place.addEventListener("dragover", (event) => {
      event.preventDefault();
      dropping(true);
    });
    place.addEventListener("dragleave", () => dropping(false));
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      dropping(false);
      this.#add([...(event.dataTransfer?.files ?? [])]);
    });
  }
}

function whyNot(file: File, already: number): string | null {
  const name = file.name;
  if (file.size === 0) return say("emptyFile", { name });
  if (file.size > page.limits.bytes) {
    return say("tooBig", { name, size: fileSize(file.size), limit: fileSize(page.limits.bytes) });
  }
  if (already >= page.limits.files) return say("tooMany", { name, limit: page.limits.files });
  return null;
}
