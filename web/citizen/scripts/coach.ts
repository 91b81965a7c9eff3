// A copy that went through a messenger or a screen recorder is worth less to an investigation than the original.
// The names that those programs give are all the page goes by; nothing of it is sent.

const NAMES: [RegExp, "fromMessenger" | "fromScreen"][] = [
  [/^(IMG|VID|AUD|PTT|STK|DOC)-\d{8}-WA\d+/i, "fromMessenger"],
  [/^WhatsApp (Image|Video|Audio|Ptt) /i, "fromMessenger"],
  [/^(video|photo|audio)_\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}/i, "fromMessenger"],
  [/^signal-\d{4}-\d{2}-\d{2}/i, "fromMessenger"],
  [/^(received_\d{6,}|FB_IMG_\d+|messenger_creation_)/i, "fromMessenger"],
  [/^(Snapchat-|ssstik|TikTok_)/i, "fromMessenger"],
  [/^(RPReplay_Final|ScreenRecording_|Screen[ _-]?recorde?r?(ing)?[ _-]|Bildschirmaufnahme|Grabación de pantalla)/i, "fromScreen"],
  [/^(Screenshot|Screen Shot|Captura de pantalla)[ _-]/i, "fromScreen"],
];

/** What to advise about a file of this name; null where it looks like an original. */
export function advice(name: string): "fromMessenger" | "fromScreen" | null {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
