// Amounts as a person reads them, in the page's language; the same units as intake/pages/amounts.py.

import { page, say } from "./page-data";

const UNITS: [number, string][] = [[1e12, "TB"], [1e9, "GB"], [1e6, "MB"], [1e3, "KB"]];

export function fileSize(bytes: number): string {
  const [size, unit] = UNITS.find(([least]) => bytes >= least) ?? [1, "bytes"];
  const number = new Intl.NumberFormat(page.language, { maximumFractionDigits: 1 }).format(bytes / size);
  return `${number}\u00a0${unit}`;
}

export function percent(sent: number, size: number): number {
  return size === 0 ? 100 : Math.min(100, Math.floor((100 * sent) / size));
}

export function timeLeft(seconds: number): string {
  if (seconds < 60) return say("leftSeconds", { n: Math.max(1, Math.ceil(seconds / 5) * 5) });
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return say("leftMinutes", { n: minutes });
  return say("leftHours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

export function clock(milliseconds: number): string {
  const style = { dateStyle: "medium", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(page.language, style).format(milliseconds);
}

/** How fast bytes went during the last seconds; older ones say nothing about the signal now. */
export class Pace {
  static readonly WINDOW_MS = 10_000;
  static readonly ENOUGH_MS = 1_000;
  #seen: { at: number; sent: number }[] = [];

  add(sent: number, at = performance.now()): void {
    this.#seen.push({ at, sent });
    while (this.#seen.length > 2 && at - this.#seen[0]!.at > Pace.WINDOW_MS) this.#seen.shift();
  }

  restart(): void {
    this.#seen = [];
  }

  /** Bytes a second, or null until there is enough to go by. */
  get speed(): number | null {
    const first = this.#seen[0];
    const last = this.#seen[this.#seen.length - 1];
    if (!first || !last || last.at - first.at < Pace.ENOUGH_MS) return null;
    return (1000 * (last.sent - first.sent)) / (last.at - first.at);
  }
}
