// A client after the draft's text: sends FILE whole, learns from a 104 where the upload is, keeps that in STORE,
// and goes on from there when the line or itself was cut. Prints what it hears. At `pauseAt` bytes it waits
// until some of them were acknowledged, and then for a word.
import { createReadStream, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

const { endpoint, file, store, version, pauseAt } = JSON.parse(process.argv[2]);
const size = statSync(file).size;
let reached = 0;
let paused = false;
const say = (heard) => console.log(JSON.stringify(heard));

function heard({ statusCode, headers }, method) {
  const { location, "upload-offset": offset, "upload-complete": complete } = headers;
  say({ method, status: statusCode, location, offset, complete });
}

function begin(method, url, headers) {
  const asked = request(url, { method, headers: { "Upload-Draft-Interop-Version": version, ...headers } });
  asked.on("information", (interim) => {
    if (interim.statusCode !== 104 || interim.headers["upload-draft-interop-version"] !== version) return;
    heard(interim, method);
    const { location, "upload-offset": offset } = interim.headers;
    if (offset) reached = Number(offset);
    if (location) writeFileSync(store, new URL(location, endpoint).href);
  });
  const answered = new Promise((resolve, reject) => {
    asked.on("error", reject);
    asked.on("response", (answer) => {
      answer.resume();
      heard(answer, method);
      answer.statusCode < 300 ? resolve(answer) : reject(new Error(`answered ${answer.statusCode}`));
    });
  });
  return { asked, answered };
}

async function sendFrom(offset, method, url, headers) {
  const { asked, answered } = begin(method, url, { ...headers, "Upload-Complete": "?1", "Content-Length": size - offset });
  const sending = async () => {
    let from = offset;
    if (!paused && pauseAt > offset) {
      for await (const piece of createReadStream(file, { start: offset, end: pauseAt - 1 })) asked.write(piece);
      while (reached === 0) await once(asked, "information");
      paused = true;
      say("paused");
      await once(process.stdin, "data");
      from = pauseAt;
    }
    createReadStream(file, { start: from }).pipe(asked);
  };
  await Promise.race([answered, Promise.all([sending(), answered])]);
}

async function send() {
  if (!existsSync(store)) {
    const described = { "Content-Type": "video/mp4", "Content-Disposition": "attachment; filename=clip.mp4" };
    return sendFrom(0, "POST", endpoint, { ...described, "Upload-Length": size });
  }
  const url = readFileSync(store, "utf8");
  const { asked, answered } = begin("HEAD", url, {});
  asked.end();
  const { headers } = await answered;
  if (headers["upload-complete"] === "?1") return;
  const offset = Number(headers["upload-offset"]);
  const part = { "Content-Type": "application/partial-upload", "Upload-Offset": offset };
  return sendFrom(offset, "PATCH", url, part);
}

for (let done = false; !done; ) {
  try {
    await send();
    done = true;
  } catch (error) {
    if (!existsSync(store)) throw error;
    say(error.code ?? error.message);
    await pause(50);
  }
}
process.exit();
