// Under an opened recording: its storyboard and waveform, to find one's way and to jump.

type Board = { source: string; columns: number; width: number; height: number; seconds: number[] };
type Waveform = { seconds: number; peaks: number[] };

/** Fill the timelines of all that is open; those that are made while it plays come with a refresh. */
export function unroll(): void {
  for (const timeline of document.querySelectorAll<HTMLElement>(".timeline[hidden]")) {
    const video = timeline.parentElement?.querySelector<HTMLVideoElement>("video.screen__content");
    if (video) void fill(timeline, video);
  }
}

async function fill(timeline: HTMLElement, video: HTMLVideoElement): Promise<void> {
  const { board, waveform } = timeline.dataset;
  timeline.hidden = false;
  timeline.setAttribute("hx-morph-skip", "");
  if (waveform) timeline.append(await loudness(video, waveform));
  if (board) timeline.append(tiles(video, JSON.parse(board) as Board));
}

function tiles(video: HTMLVideoElement, board: Board): HTMLElement {
  const row = document.createElement("div");
  row.className = "timeline__tiles";
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "Storyboard: jump to a moment");
  board.seconds.forEach((second, index) => row.append(tile(video, board, second, index)));
  row.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const from = document.activeElement;
    const to = step === 1 ? from?.nextElementSibling : step === -1 ? from?.previousElementSibling : null;
    if (!(to instanceof HTMLButtonElement) || !(from instanceof HTMLButtonElement)) return;
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
    event.preventDefault();
  });
  video.addEventListener("timeupdate", () => mark(row, board, video.currentTime));
  return row;
}

function tile(video: HTMLVideoElement, board: Board, second: number, index: number): HTMLElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "timeline__tile";
  button.tabIndex = index === 0 ? 0 : -1;
  button.title = clock(second);
  button.setAttribute("aria-label", `Go to ${clock(second)}`);
  const { style } = button;
  style.width = `${board.width}px`;
  style.height = `${board.height}px`;
  style.backgroundImage = `url("${board.source}")`;
  style.backgroundPosition = `-${(index % board.columns) * board.width}px -${Math.floor(index / board.columns) * board.height}px`;
  button.addEventListener("click", () => (video.currentTime = second));
  return button;
}

function mark(row: HTMLElement, board: Board, now: number): void {
  const after = board.seconds.findIndex((second) => second > now);
  const shown = (after < 0 ? board.seconds.length : Math.max(after, 1)) - 1;
  const tile = row.children[shown];
  if (!(tile instanceof HTMLElement) || tile.hasAttribute("aria-current")) return;
  row.querySelector("[aria-current]")?.removeAttribute("aria-current");
  tile.setAttribute("aria-current", "true");
  row.scrollTo({ left: tile.offsetLeft - row.offsetLeft - (row.clientWidth - tile.offsetWidth) / 2, behavior: "smooth" });
}

async function loudness(video: HTMLVideoElement, source: string): Promise<HTMLElement> {
  const { peaks } = (await (await fetch(source)).json()) as Waveform;
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  picture.setAttribute("viewBox", `0 0 ${peaks.length} 100`);
  picture.setAttribute("preserveAspectRatio", "none");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", peaks.map((peak, at) => `M${at + 0.5} ${50 - peak / 2}V${50 + Math.max(peak / 2, 0.5)}`).join(""));
  picture.append(path);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "timeline__waveform";
  // The player's own bar does the same by keyboard.
  button.tabIndex = -1;
  button.setAttribute("aria-label", "Loudness: click to jump");
  button.append(picture);
  button.addEventListener("click", (event) => {
    if (video.duration) video.currentTime = (event.offsetX / button.clientWidth) * video.duration;
  });
  return button;
}

function clock(second: number): string {
  const whole = Math.floor(second);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
