// Sends FILE to ENDPOINT with tus-js-client, and remembers in STORE where it was: run again, it goes on.
import { createReadStream } from "node:fs";
import { FileUrlStorage, Upload } from "tus-js-client";

const [endpoint, file, store] = process.argv.slice(2);

const upload = new Upload(createReadStream(file), {
  endpoint,
  chunkSize: 262144,
  retryDelays: [0, 200, 500, 1000, 2000],
  metadata: { filename: "clip.mp4", filetype: "video/mp4" },
  urlStorage: new FileUrlStorage(store),
  onChunkComplete: (size, accepted) => console.log(accepted),
  onError: (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
});

const [earlier] = await upload.findPreviousUploads();
if (earlier) upload.resumeFromPreviousUpload(earlier);
upload.start();
