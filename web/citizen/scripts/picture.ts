// The receipt as a picture, drawn on this device: for the phone's own gallery, or wherever its owner puts it.

import { part } from "./page-data";

const WIDTH = 1080;
const EDGE = 72;
const LINE = 84;
const GROUND = "#162e51"; // blue-warm-80v of the design system, as the card on the page
const FONT = "system-ui, sans-serif";

/** Draw the words and where to use them, and hand the picture over: to the phone's own sheet, else as a download. */
export async function savePicture(card: HTMLElement, words: string[]): Promise<void> {
  const picture = await draw(part("h2", card).textContent ?? "", words, part(".receipt__where", card).textContent ?? "");
  const file = new File([picture], "receipt.png", { type: "image/png" });
  if (navigator.canShare?.({ files: [file] })) {
    // Closing the sheet again is no fault.
    return navigator.share({ files: [file] }).catch(() => undefined);
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function draw(title: string, words: string[], where: string): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH;
  canvas.height = 2 * EDGE + LINE * (words.length + 5);
  const pen = canvas.getContext("2d")!;
  pen.fillStyle = GROUND;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#fff";
  pen.textBaseline = "top";
  // What was written from right to left stands at the right.
  const rtl = document.documentElement.dir === "rtl";
  let y = EDGE;
  const write = (text: string, size: number, weight: number, right: boolean): void => {
    pen.font = `${weight} ${size}px ${FONT}`;
    pen.textAlign = right ? "right" : "left";
    pen.fillText(text, right ? WIDTH - EDGE : EDGE, y, WIDTH - 2 * EDGE);
    y += LINE;
  };
  write(document.querySelector(".masthead__agency")?.textContent ?? "", 40, 400, rtl);
  write(title, 56, 700, rtl);
  y += LINE / 2;
  words.forEach((word, index) => write(`${index + 1}  ${word}`, 60, 700, false));
  y += LINE / 2;
  write(where, 40, 400, rtl);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be drawn"))), "image/png"),
  );
}
