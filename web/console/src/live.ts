// Listens to the server's events, and has the page refreshed when they concern it.
import { main, page } from "./page";
import { refreshSoon } from "./refresh";

type News = { chain: string; kind: string };

const SAYINGS = { live: "Live", waiting: "Connecting", lost: "Not live, trying again" };

let source: EventSource | undefined;

export function watchNews(): void {
  if (!document.getElementById("pulse")) return;
  listen();
  window.addEventListener("pagehide", () => source?.close());
  // A page that comes back from the browser's cache is old, and deaf.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  // Browsers hold six lines to a server at most, over HTTP/1.1. Only the queue keeps its own while hidden,
  // since its title tells how many wait.
  if (page() === "queue") return;
  document.addEventListener("visibilitychange", () => (document.hidden ? source?.close() : listen()));
}

function listen(): void {
  source?.close();
  source = new EventSource("/events");
  // Something may have happened between the page's making and now, or while the line was cut.
  source.addEventListener("hello", () => {
    show("live");
    refresh();
  });
  source.addEventListener("news", (event) => {
    const news = JSON.parse(event.data as string) as News;
    if (concerns(news)) refresh();
  });
  source.addEventListener("signed-out", () => {
    source?.close();
    location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
  });
  source.addEventListener("error", () => show("lost"));
}

function concerns(news: News): boolean {
  const listens = main()?.dataset["listens"];
  if (listens === undefined) return false;
  return listens === "*" || news.chain === "" || listens.split(" ").includes(news.chain);
}

function refresh(): void {
  if (main()) refreshSoon();
}

function show(state: keyof typeof SAYINGS): void {
  const pulse = document.getElementById("pulse");
  if (!pulse || pulse.dataset["pulse"] === state) return;
  pulse.dataset["pulse"] = state;
  const words = pulse.querySelector(".pulse__words");
  if (words) words.textContent = SAYINGS[state];
}
