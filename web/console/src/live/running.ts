// What shows one part, by whichever way this browser has.

export interface Running {
  /** What stands on the page. */
  readonly element: HTMLElement;
  /** Resolves with the first picture. */
  readonly first: Promise<void>;
  readonly shownMs: number | undefined;
  readonly lagMs: number;
  /** Resolves when the part is over and shown to its end. */
  run(): Promise<void>;
  hold(): void;
  close(): void;
}
