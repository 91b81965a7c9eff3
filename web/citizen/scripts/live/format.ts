// What a recorder is told to make. Measured: docs/live.md. Chromium's MP4 is never asked for: its fragments are cut at
// key frames alone, and a phone that was turned spoilt the file.

export interface Format {
  mime: string;
  /** Milliseconds of each chunk. Safari gave empty ones below a second. */
  slice: number;
}

const WEBM: Format = { mime: "video/webm;codecs=vp8,opus", slice: 250 };
const WEBM_SILENT: Format = { mime: "video/webm;codecs=vp8", slice: 250 };
const MP4: Format = { mime: "video/mp4;codecs=avc1.42E01E,mp4a.40.2", slice: 1000 };
const MP4_SILENT: Format = { mime: "video/mp4;codecs=avc1.42E01E", slice: 1000 };
const MP4_PLAIN: Format = { mime: "video/mp4", slice: 1000 };

/** The format for a browser; null where it can record nothing that staff could watch. */
export function chooseFormat(supports: (mime: string) => boolean, agent: string, sound: boolean): Format | null {
  const chromium = /Chrom(e|ium)\//.test(agent);
  const apple = /AppleWebKit\//.test(agent) && !chromium;
  const webm = sound ? [WEBM] : [WEBM_SILENT, WEBM];
  const mp4 = sound ? [MP4, MP4_PLAIN] : [MP4_SILENT, MP4_PLAIN];
  const wanted = apple ? [...mp4, ...webm] : chromium ? webm : [...webm, ...mp4];
  return wanted.find(({ mime }) => supports(mime)) ?? null;
}
