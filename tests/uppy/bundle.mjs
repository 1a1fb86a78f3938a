// node bundle.mjs: makes the pages' copy of Uppy, so that nobody needs Node.js to build the component, and no page loads anything
// from elsewhere. A test says when the copy is stale.

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const committed = here("../../components/web/pages/uppy.js");

/** The bundle, made anew. The same packages give the same bytes. */
export async function bundled() {
  const { outputFiles } = await build({
    entryPoints: [here("../../components/web/uppy/entry.js")],
    absWorkingDir: here("."),
    nodePaths: [here("node_modules")],
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "eof",
    banner: { js: "// Uppy (https://uppy.io), MIT license. Made by `npm run bundle` in tests/uppy; do not edit." },
  });
  return outputFiles[0].text;
}

/** The bundle as it is committed. */
export const kept = () => readFile(committed, "utf8");

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(committed, await bundled());
