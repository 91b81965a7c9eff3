// Opens media: the ledger first, then the bytes. Muted, and never by itself.
import { follow } from "./growing";
import { complain } from "./notices";
import { Refused, send } from "./send";
import { unroll } from "./timeline";

export function preparePlayer(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-open]");
    if (button) void open(button);
    const moment = (event.target as Element).closest<HTMLElement>("[data-moment]");
    if (moment) void goTo(moment);
  });
  // One recording at a time: two that play over one another are neither heard nor watched.
  document.addEventListener(
    "play",
    (event) => {
      for (const other of document.querySelectorAll<HTMLVideoElement>("video.screen__content")) {
        if (other !== event.target) other.pause();
      }
    },
    true,
  );
}

/** Play or pause the page's first film, opening it where it is not open yet; false where there is none. */
export function togglePlay(): boolean {
  const film = document.querySelector<HTMLVideoElement>("video.screen__content");
  if (film) {
    if (film.paused) void film.play();
    else film.pause();
    return true;
  }
  const button = document.querySelector<HTMLButtonElement>("[data-open]");
  button?.click();
  return button !== null;
}

/** Show the moment of a recording that somebody marked while it was live. */
async function goTo(moment: HTMLElement): Promise<void> {
  const figure = moment.closest("figure");
  const opener = figure?.querySelector<HTMLButtonElement>("[data-open]");
  if (opener) await open(opener);
  const film = figure?.querySelector<HTMLVideoElement>("video.screen__content");
  if (film) film.currentTime = Number(moment.dataset["moment"]);
}

async function open(button: HTMLButtonElement): Promise<void> {
  const { open: opening, source, pieces, type } = button.dataset;
  const screen = button.closest<HTMLElement>(".screen");
  if (!opening || !(source || pieces) || !screen) return;
  button.disabled = true;
  try {
    await send(opening);
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    button.disabled = false;
    complain(refusal.message);
    return;
  }
  // From now on the screen is ours: a refresh must not take the film away.
  screen.setAttribute("hx-morph-skip", "");
  if (source && type?.startsWith("image/")) {
    button.replaceWith(photo(source));
    return;
  }
  const shown = film(screen);
  button.replaceWith(shown);
  shown.focus();
  if (source) shown.src = source;
  else void follow(shown, pieces!);
  unroll();
  await shown.play().catch((failed: unknown) => {
    // A copy that still grows changes its source under the player, which then begins anew by itself.
    if (source || (failed as DOMException).name !== "AbortError") {
      complain("This clip does not play here. Ask for its original.");
    }
  });
}

function film(screen: HTMLElement): HTMLVideoElement {
  const video = document.createElement("video");
  video.className = "screen__content";
  video.controls = true;
  video.muted = true;
  video.playsInline = true;
  video.preload = "metadata";
  video.setAttribute("controlslist", "nodownload");
  const poster = screen.querySelector<HTMLImageElement>(".screen__poster");
  if (poster) video.poster = poster.src;
  return video;
}

function photo(source: string): HTMLImageElement {
  const image = document.createElement("img");
  image.className = "screen__content";
  image.alt = "The picture that the citizen sent";
  image.src = source;
  return image;
}
