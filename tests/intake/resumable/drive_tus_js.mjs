// Sends FILE with tus-js-client under the OPTIONS given as JSON, and prints each request with its answer.
import { createReadStream } from "node:fs";
import { PassThrough } from "node:stream";
import { Upload } from "tus-js-client";

const { file, stream, ...options } = JSON.parse(process.argv[2]);
const source = createReadStream(file);

// A stream that has no path tells nobody how long it is.
const upload = new Upload(stream ? source.pipe(new PassThrough()) : source, {
  ...options,
  retryDelays: null,
  storeFingerprintForResuming: false,
  onAfterResponse: (request, response) =>
    console.log(
      JSON.stringify({
        method: request.getMethod(),
        version: request.getHeader("Upload-Draft-Interop-Version"),
        ends: request.getHeader("Upload-Complete") ?? null,
        status: response.getStatus(),
      }),
    ),
  onSuccess: () => console.log(JSON.stringify({ url: upload.url })),
  onError: (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
});
upload.start();
