// Keeps "5 min ago" true while the page stands. The same words as the server's.

const EVERY_MS = 20_000;

export function keepTimesFresh(): void {
  window.setInterval(() => {
    for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-ago]")) {
      time.textContent = ago(new Date(time.dateTime), new Date());
    }
  }, EVERY_MS);
}

export function ago(at: Date, now: Date): string {
  const minutes = Math.floor((now.getTime() - at.getTime()) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "yesterday" : `${days} days ago`;
}
