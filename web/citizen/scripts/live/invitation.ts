// What the address carries behind its "#", which browsers send to nobody: a link's code, the nine words of a tip, or
// what the page of an opened tip was given.

const WORDS = 9;
const OF_TIP = /^tip=([\w-]{43})$/;

export interface Invitation {
  link?: string;
  receipt?: string;
  tip?: string;
}

export const fromTip = (token: string): string => `#tip=${token}`;

export function invitationIn(hash: string): Invitation {
  const carried = decoded(hash.replace(/^#/, "")).trim();
  if (!carried) return {};
  const token = OF_TIP.exec(carried)?.[1];
  if (token) return { tip: token };
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
