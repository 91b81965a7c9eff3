// Listens to the server's events, and has the page refreshed when they concern it.
import { main, page, signInAgain } from "./page";
import { refreshSoon } from "./refresh";

type News = { chain: string; kind: string };

const SAYINGS = { live: "Up to date", waiting: "Connecting", lost: "Not up to date, trying again" };

// A hidden queue keeps no line, but its title goes on telling how many wait.
const GLANCE_MS = 30_000;
const TRY_AGAIN_MS = 2_000;

let source: EventSource | undefined;

export function watchNews(): void {
  if (!document.getElementById("pulse")) return;
  listen();
  window.addEventListener("pagehide", () => source?.close());
  // A page that comes back from the browser's cache is old, and deaf.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  // Browsers hold six lines to a server at most, over HTTP/1.1: a seventh tab would wait for ever.
  document.addEventListener("visibilitychange", () => (document.hidden ? source?.close() : listen()));
  if (page() === "queue") window.setInterval(() => document.hidden && refresh(), GLANCE_MS);
}

function listen(): void {
  source?.close();
  const line = (source = new EventSource("/events"));
  // Something may have happened between the page's making and now, or while the line was cut.
  source.addEventListener("hello", () => {
    show("live");
    refresh();
  });
  source.addEventListener("news", (event) => {
    const news = JSON.parse(event.data as string) as News;
    if (!concerns(news)) return;
    document.dispatchEvent(new CustomEvent("tipline:news"));
    refresh();
  });
  source.addEventListener("signed-out", signIn);
  source.addEventListener("error", () => {
    show("lost");
    // After a refusal a browser does not try again by itself (WHATWG HTML, section 9.2.3).
    if (line.readyState === EventSource.CLOSED) window.setTimeout(() => line === source && void comeBack(), TRY_AGAIN_MS);
  });
}

/** Sign in where the session is over, else listen again. */
async function comeBack(): Promise<void> {
  const headers = { Accept: "application/json", "X-Tipline-Live": "1" };
  const answer = await fetch(location.href, { method: "HEAD", headers }).catch(() => undefined);
  if (answer?.status === 401) signIn();
  else if (!document.hidden) listen();
}

function signIn(): void {
  source?.close();
  signInAgain();
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
