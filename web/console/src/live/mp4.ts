// What an MP4's beginning says it is made of: a sender may have said no more than "MP4".

/** `mime` with the codecs (RFC 6381) that the beginning of the file names, where it says none itself. */
export function withCodecs(mime: string, init: Uint8Array): string {
  if (!mime.startsWith("video/mp4") || mime.includes("codecs")) return mime;
  const codecs: string[] = [];
  const avc = find(init, "avcC");
  // After the name: the version, then profile, constraints and level (ISO/IEC 14496-15).
  if (avc >= 0) codecs.push(`avc1.${Array.from(init.subarray(avc + 5, avc + 8), hex).join("")}`);
  else if (find(init, "hvcC") >= 0) codecs.push("hvc1.1.6.L120.B0");
  if (find(init, "mp4a") >= 0) codecs.push("mp4a.40.2");
  else if (find(init, "Opus") >= 0) codecs.push("opus");
  return codecs.length ? `video/mp4; codecs="${codecs.join(",")}"` : mime;
}

function find(data: Uint8Array, name: string): number {
  const letters = Array.from(name, (letter) => letter.charCodeAt(0));
  return data.findIndex((_, at) => letters.every((letter, index) => data[at + index] === letter));
}

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");
