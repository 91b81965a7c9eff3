// The place, where its owner switched that on: a part of its own, a line of JSON for each fix the phone gives, and
// nothing between two fixes.

import { Part, type KeptPart } from "./part";

export const MIME = "application/jsonl";

export type PlaceTrouble = "refused" | "none";

/** A fix as it is written down. */
interface Fix {
  /** When the phone took it, in milliseconds since 1970. */
  fix_ms: number;
  /** The same moment, in milliseconds since the first part of the film began. */
  media_ms: number;
  lat: number;
  lon: number;
  /** Metres, within which the phone is to 68 %. */
  accuracy_m: number;
}

export interface PlaceHost {
  newPlace(): KeptPart;
  /** When the first part of the film began, in milliseconds since 1970. */
  began(): number;
  hold(part: Part): void;
  ready(): void;
}

export class PlaceTrack {
  /** When the last fix came. */
  heard: number | null = null;
  #part: Part | null = null;
  #watch: number;
  #last = "";

  constructor(
    readonly host: PlaceHost,
    readonly troubled: (trouble: PlaceTrouble) => void,
  ) {
    const options = { enableHighAccuracy: true, maximumAge: 0 };
    this.#watch = navigator.geolocation.watchPosition((fix) => this.#write(fix), (error) => this.#failed(error), options);
  }

  /** Resolves once the last fix is held. */
  async stop(): Promise<void> {
    navigator.geolocation.clearWatch(this.#watch);
    const part = this.#part;
    this.#part = null;
    await part?.end(() => this.host.ready());
  }

  #write({ timestamp, coords }: GeolocationPosition): void {
    const fix: Fix = {
      fix_ms: Math.round(timestamp),
      media_ms: Math.round(timestamp - this.host.began()),
      lat: coords.latitude,
      lon: coords.longitude,
      accuracy_m: coords.accuracy,
    };
    const line = `${JSON.stringify(fix)}\n`;
    if (line === this.#last) return; // a browser may tell the same fix twice
    this.#last = line;
    this.heard = Date.now();
    if (!this.#part) {
      this.#part = new Part(this.host.newPlace());
      this.host.hold(this.#part);
    }
    this.#part.add(new TextEncoder().encode(line).buffer as ArrayBuffer, () => this.host.ready());
  }

  #failed(error: GeolocationPositionError): void {
    if (error.code === error.TIMEOUT) return; // the next fix may come
    this.troubled(error.code === error.PERMISSION_DENIED ? "refused" : "none");
  }
}
