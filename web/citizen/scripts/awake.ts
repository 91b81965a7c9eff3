// While files go, the page asks before it is closed, and the screen stays lit: a locked phone stops sending.

let sending = false;
let lock: WakeLockSentinel | null = null;

export function stayAwake(wanted: boolean): void {
  sending = wanted;
  if (wanted) void light();
  else void lock?.release();
}

window.addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (sending && document.visibilityState === "visible") void light();
});

async function light(): Promise<void> {
  if (!("wakeLock" in navigator) || (lock && !lock.released)) return;
  try {
    lock = await navigator.wakeLock.request("screen");
  } catch {
    lock = null; // a phone low on power refuses; sending goes on all the same
  }
}
