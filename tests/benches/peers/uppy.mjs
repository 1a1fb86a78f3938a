// node uppy.mjs FILE: Uppy in Chromium, with the page of tests/uppy. DOSSIER_URL, DOSSIER_TOKEN and CHROMIUM say where.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { timed } from "./bucket.mjs";

const { DOSSIER_URL: url, DOSSIER_TOKEN: token, CHROMIUM: executablePath = "/usr/bin/chromium" } = process.env;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const { outputFiles } = await build({
  entryPoints: [here("../../uppy/page.js")],
  nodePaths: [here("node_modules")],
  bundle: true,
  write: false,
  format: "iife",
});
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const context = await browser.newContext({ bypassCSP: true });
const page = await context.newPage();
page.setDefaultTimeout(0);
await page.goto(url);
await page.setContent("<!doctype html><title>Figures</title><input type=file multiple>");
await page.addScriptTag({ content: outputFiles[0].text });
await page.setInputFiles("input", process.argv[2]);
await timed(async () => {
  const submission = await page.evaluate((given) => window.announce(given, "Figures"), token);
  await page.evaluate((announced) => window.begin(announced, true, false), submission);
  const { successful, failed } = await page.evaluate(() => window.outcome());
  if (successful !== 1) throw new Error(JSON.stringify(failed));
});
await browser.close();
