// A file in Chromium: an empty page of an origin, with a script, and an input that holds the file.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const { CHROMIUM: executablePath = "/usr/bin/chromium" } = process.env;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Runs `work` with a page of `origin` on which `script` was run and `input` holds the file at `path`. */
export async function inChromium({ origin, script, path }, work) {
  const { outputFiles } = await build({
    entryPoints: [here(script)],
    nodePaths: [here("node_modules")],
    bundle: true,
    write: false,
    format: "iife",
  });
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  await page.goto(origin);
  await page.setContent("<!doctype html><title>Figures</title><input type=file multiple>");
  await page.addScriptTag({ content: outputFiles[0].text });
  await page.setInputFiles("input", path);
  await work(page);
  await browser.close();
}
