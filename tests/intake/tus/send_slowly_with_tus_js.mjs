// Sends FILE to ENDPOINT with tus-js-client, in one piece from a slow disk. It prints the upload's address, the
// status of the answer that comes before all is sent, and where it goes on.
import { createReadStream, statSync } from "node:fs";
import { Transform } from "node:stream";
import { Upload } from "tus-js-client";

const [endpoint, path] = process.argv.slice(2);
const size = statSync(path).size;
let slow = true;

function slice(start, end) {
  const upTo = Math.min(end, size);
  const read = createReadStream(path, { start, end: upTo - 1 });
  const pause = slow ? 30 : 0;
  const gate = new Transform({ transform: (piece, _, done) => setTimeout(done, pause, null, piece) });
  slow = false;
  return Promise.resolve({ value: Object.assign(read.pipe(gate), { size: upTo - start }), done: upTo >= size });
}

const upload = new Upload({}, {
  endpoint,
  fileReader: { openFile: async () => ({ size, slice, close() {} }) },
  retryDelays: [0, 200, 500, 1000],
  storeFingerprintForResuming: false,
  onAfterResponse: (request, response) => {
    if (request.getMethod() === "POST") console.log(response.getHeader("Location"));
    else if (response.getStatus() >= 400) console.log(response.getStatus());
    else if (request.getMethod() === "HEAD") console.log(response.getHeader("Upload-Offset"));
  },
  onError: (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
});
upload.start();
