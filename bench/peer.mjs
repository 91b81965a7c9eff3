// The peer: @tus/server over @tus/file-store, as their READMEs set them up. It syncs nothing to the disk.
//   node bench/peer.mjs PORT DIRECTORY
import { FileStore } from "@tus/file-store";
import { Server } from "@tus/server";

const [port, directory] = process.argv.slice(2);
const server = new Server({
  path: "/files",
  datastore: new FileStore({ directory, expirationPeriodInMilliseconds: 24 * 3600 * 1000 }),
  relativeLocation: true,
});
server.listen({ host: "127.0.0.1", port: Number(port) });
