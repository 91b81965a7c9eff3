// Builds what browsers load: TypeScript through esbuild, styles through sass, into names that carry
// their content's hash (they may be cached for ever), with a manifest.json from plain name to hashed name.
//
//   npm run build            once, minified
//   npm run build -- --watch rebuild on every change, for whoever is working on a page

import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import * as sass from "sass";

// Every site and its entry points. `page.ts` comes out as `page-HASH.js`, `page.scss` as `page-HASH.css`.
const SITES = [
  {
    out: "web/citizen/dist",
    entries: [
      ...["page.ts", "thread.ts", "words.ts", "prover.ts", "live/live.ts"].map((file) => `web/citizen/scripts/${file}`),
      ...["page.scss", "live.scss"].map((file) => `web/citizen/styles/${file}`),
    ],
  },
  {
    out: "web/console/static/dist",
    entries: ["web/console/src/console.ts", "web/console/styles/console.scss"],
  },
];

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const USWDS = path.join(ROOT, "node_modules/@uswds/uswds");

const styles = {
  name: "sass",
  setup(build) {
    build.onLoad({ filter: /\.scss$/ }, async ({ path: file }) => {
      const compiled = await sass.compileAsync(file, {
        loadPaths: [path.join(USWDS, "packages")],
        quietDeps: true,
        silenceDeprecations: ["if-function"],
      });
      return {
        contents: compiled.css,
        loader: "css",
        resolveDir: ROOT,
        watchFiles: compiled.loadedUrls.map((url) => fileURLToPath(url)),
      };
    });
  },
};

// The manifest changes in one step, and what it no longer names goes after: a process that starts in the
// middle of a build finds a whole site, the old or the new one.
function manifest(out) {
  const folder = path.join(ROOT, out);
  return {
    name: "manifest",
    setup(build) {
      build.onEnd(async ({ errors, metafile }) => {
        if (errors.length > 0) return;
        const names = {};
        for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
          if (!entryPoint) continue;
          const plain = path.basename(entryPoint).replace(/\.ts$/, ".js").replace(/\.scss$/, ".css");
          names[plain] = path.relative(out, file);
        }
        const draft = path.join(folder, `manifest.${process.pid}`);
        await writeFile(draft, `${JSON.stringify(names, null, 2)}\n`);
        await rename(draft, path.join(folder, "manifest.json"));
        const built = new Set([...Object.keys(metafile.outputs).map((file) => path.basename(file)), "manifest.json"]);
        for (const file of await readdir(folder)) {
          if (!built.has(file)) await rm(path.join(folder, file), { force: true });
        }
      });
    },
  };
}

const watching = process.argv.includes("--watch");

for (const { out, entries } of SITES) {
  await mkdir(path.join(ROOT, out), { recursive: true });
  const context = await esbuild.context({
    absWorkingDir: ROOT,
    entryPoints: entries,
    outdir: out,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    // A file's name holds the paths of what went into it: those must be the same wherever the packages really lie.
    preserveSymlinks: true,
    minify: true,
    format: "esm",
    target: ["es2020", "safari14"],
    supported: { destructuring: true }, // Safari 14 has a rare fault in it that would forbid it altogether
    loader: { ".svg": "dataurl", ".woff2": "file" },
    metafile: true,
    logLevel: "warning",
    plugins: [styles, manifest(out)],
  });
  if (watching) {
    await context.watch();
    continue;
  }
  try {
    await context.rebuild();
  } catch {
    process.exitCode = 1; // esbuild has already said what is wrong, and where
  }
  await context.dispose();
}
