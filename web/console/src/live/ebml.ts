// Reads EBML (RFC 8794) out of bytes that come in pieces: only as much of it as WebM's elements need.

export type Element = { id: number; size: number; begins: number };

const UNKNOWN = -1;

/** A variable-length number at `at`, and where it ends; undefined where it is cut short. Throws on nonsense. */
export function vint(data: Uint8Array, at: number, keepMarker = false): [number, number] | undefined {
  const first = data[at];
  if (first === undefined) return undefined;
  if (first === 0) throw new Error("This is no EBML.");
  const length = Math.clz32(first) - 23;
  if (at + length > data.length) return undefined;
  let value = keepMarker ? first : first & (0xff >> length);
  let ones = value === 0xff >> length;
  for (let byte = 1; byte < length; byte += 1) {
    const next = data[at + byte]!;
    ones &&= next === 0xff;
    value = value * 256 + next;
  }
  return [!keepMarker && ones ? UNKNOWN : value, at + length];
}

/** The head of the element at `at`; undefined where it is cut short. A size of -1 is not known yet. */
export function element(data: Uint8Array, at: number): Element | undefined {
  const id = vint(data, at, true);
  const size = id && vint(data, id[1]);
  return id && size ? { id: id[0], size: size[0], begins: size[1] } : undefined;
}

/** Every element inside another's content, which is whole. */
export function* children(data: Uint8Array): Generator<[number, Uint8Array]> {
  for (let at = 0; at < data.length; ) {
    const head = element(data, at);
    if (!head || head.size < 0 || head.begins + head.size > data.length) throw new Error("This EBML is cut short.");
    yield [head.id, data.subarray(head.begins, head.begins + head.size)];
    at = head.begins + head.size;
  }
}

export const uint = (data: Uint8Array): number => data.reduce((value, byte) => value * 256 + byte, 0);

export function float(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return data.length === 4 ? view.getFloat32(0) : data.length === 8 ? view.getFloat64(0) : 0;
}
