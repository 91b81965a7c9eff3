// What the address carries behind its "#", which browsers send to nobody: a link's code, or the nine words of a tip.

const WORDS = 9;

export interface Invitation {
  link?: string;
  receipt?: string;
}

export function invitationIn(hash: string): Invitation {
  const carried = decoded(hash.replace(/^#/, "")).trim();
  if (!carried) return {};
  const words = carried.split(/[^A-Za-z-]+/).filter(Boolean);
  if (words.length === WORDS) return { receipt: words.join(" ") };
  return /^[\w-]{8,200}$/.test(carried) ? { link: carried } : {};
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return "";
  }
}
