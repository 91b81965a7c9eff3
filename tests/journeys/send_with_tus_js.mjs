// Sends FILE to ENDPOINT with tus-js-client in PROTOCOL, and remembers in STORE where it was: run again, it
// goes on. With PARTS it sends so many side by side; with "deaf" it dies as the answer to their joining comes.
import { createReadStream } from "node:fs";
import { FileUrlStorage, Upload } from "tus-js-client";

const [protocol, endpoint, file, store, parts, deaf] = process.argv.slice(2);

const upload = new Upload(createReadStream(file), {
  endpoint,
  protocol,
  chunkSize: 262144,
  parallelUploads: Number(parts ?? 1),
  retryDelays: [0, 200, 500, 1000, 2000],
  metadata: { filename: "clip.mp4", filetype: "video/mp4" },
  urlStorage: new FileUrlStorage(store),
  onChunkComplete: (size, accepted) => console.log(accepted),
  onAfterResponse: (request) => {
    if (deaf && request.getHeader("Upload-Concat")?.startsWith("final;")) process.kill(process.pid, "SIGKILL");
  },
  onError: (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
});

const [earlier] = await upload.findPreviousUploads();
if (earlier) upload.resumeFromPreviousUpload(earlier);
upload.start();
