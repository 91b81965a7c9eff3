// Who watches a small copy is offered the one of full size once that is there; nothing changes under their eyes.
import { takeOver } from "./growing";

/** Show the way to the full size beside every player that shows less. */
export function offerFullSize(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-full-size]")) {
    const video = button.closest("figure")?.querySelector<HTMLVideoElement>("video.screen__content");
    const whole = button.dataset["fullSize"]!;
    // A copy that still grows is taken over by itself.
    button.hidden = !video || !video.src.startsWith("http") || new URL(video.src).pathname === whole;
    if (!video || button.hidden) continue;
    button.onclick = () => {
      button.hidden = true;
      takeOver(video, whole);
      video.focus();
    };
  }
}
