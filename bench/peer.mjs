// The peer: @tus/server over @tus/file-store, as their READMEs set them up. It syncs nothing to the disk.
//   node bench/peer.mjs PORT DIRECTORY [MAX_BYTES]
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const [port, directory, most] = process.argv.slice(2);
const server = new Server({
  path: "/files",
  datastore: new FileStore({ directory, expirationPeriodInMilliseconds: 24 * 3600 * 1000 }),
  relativeLocation: true,
  maxSize: most && Number(most),
});
server.listen({ host: "127.0.0.1", port: Number(port) });
