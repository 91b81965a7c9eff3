// What this browser cannot do, said before anybody counts on it.

import type { LivePhrase } from "./phrases";

// Browsers inside other apps: many refuse the camera, or let go of it as soon as the app is left.
const INSIDE = /FBAN|FBAV|FB_IAB|Instagram|Line\/|Twitter|Snapchat|BytedanceWebview|musical_ly|TikTok|Pinterest|LinkedInApp|MicroMessenger|; wv\)/;

export interface Abilities {
  agent: string;
  secure: boolean;
  camera: boolean;
  recorder: boolean;
  storage: boolean;
}

/** Why there can be no broadcast from here; null where nothing is known against it. */
export function obstacle({ agent, secure, camera, recorder, storage }: Abilities): LivePhrase | null {
  if (!secure) return "notSecure";
  if (camera && recorder && storage) return null;
  return INSIDE.test(agent) ? "inApp" : "unsupported";
}

/** Whether the page stands inside another app, which may still refuse the camera. */
export function insideAnApp(agent: string): boolean {
  return INSIDE.test(agent);
}

export function abilities(): Abilities {
  return {
    agent: navigator.userAgent,
    secure: window.isSecureContext,
    camera: typeof navigator.mediaDevices?.getUserMedia === "function",
    recorder: typeof MediaRecorder === "function",
    storage: typeof indexedDB === "object" && typeof crypto.subtle === "object",
  };
}
