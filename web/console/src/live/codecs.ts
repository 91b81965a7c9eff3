// What a browser's decoders must be told of a track (WebCodecs Codec Registry).
import type { Track } from "./webm";

/** How to set up a decoder of pictures; `mime` is what the sender said it sends. Undefined for what we do not know. */
export function videoConfig(track: Track, mime: string): VideoDecoderConfig | undefined {
  const said = /avc[13]\.[0-9a-f]{6}/i.exec(mime)?.[0];
  switch (track.codec) {
    case "V_VP8":
      return { codec: "vp8", optimizeForLatency: true };
    case "V_VP9":
      return { codec: "vp09.00.31.08", optimizeForLatency: true };
    case "V_AV1":
      return { codec: "av01.0.05M.08", optimizeForLatency: true };
    case "V_MPEG4/ISO/AVC":
      // Without a setup the pictures carry it themselves (Annex B of H.264).
      return track.setup
        ? { codec: avc(track.setup), description: track.setup, optimizeForLatency: true }
        : { codec: said ?? "avc1.42E01F", optimizeForLatency: true };
    default:
      return undefined;
  }
}

/** How to set up a decoder of sound. */
export function audioConfig(track: Track): AudioDecoderConfig | undefined {
  if (track.codec !== "A_OPUS") return undefined;
  const config = { codec: "opus", sampleRate: track.rate, numberOfChannels: track.channels };
  return track.setup ? { ...config, description: track.setup } : config;
}

/** The three bytes of profile and level out of an avcC (ISO/IEC 14496-15). */
const avc = (setup: Uint8Array): string => `avc1.${Array.from(setup.subarray(1, 4), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
