// The application's own pages in a real browser, with their own content security policy. The stack is started by
// tests/tests/uppy.rs, which says where it is: DOSSIER_URL, DOSSIER_TOKEN, CHROMIUM.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { bundled, kept } from "./bundle.mjs";

const { DOSSIER_URL: url, DOSSIER_TOKEN: token, CHROMIUM: executablePath } = process.env;
const here = fileURLToPath(new URL(".", import.meta.url));
const MiB = 1024 * 1024;
const PATIENCE = 180_000;

let browser, folder, context, page, sent, complaints;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "dossier-pages-"));
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  context = await browser.newContext();
  context.setDefaultTimeout(PATIENCE);
  [sent, complaints] = [[], []];
  page = await open();
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, [], "no script failed, and none did what the policy forbids");
});

/** The pages, with a teacher signed in. */
async function open(place = "") {
  const opened = await context.newPage();
  opened.on("request", (request) => {
    const { searchParams } = new URL(request.url());
    if (request.method() === "PUT") sent.push(Number(searchParams.get("partNumber") ?? 0));
  });
  opened.on("pageerror", (error) => complaints.push(String(error)));
  opened.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });
  await opened.goto(url + place);
  await opened.fill("#token", token);
  await opened.click("button[type=submit]");
  return opened;
}

/** The sample video, with so many bytes behind it that every player skips. */
async function video(name, room) {
  const sample = await readFile(join(here, "../../samples/classroom-excerpt.mp4"));
  const box = Buffer.alloc(room);
  box.writeUInt32BE(room);
  box.write("free", 4);
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([sample, box]));
  return path;
}

async function plan(name, content = "# A plan\n\nThe leafs are green.\n") {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

async function handIn(title, paths) {
  await page.fill("#title", title);
  await page.setInputFiles("#files", paths);
  await page.click("#hand-in");
  await page.waitForURL(/#\/submissions\/[0-9a-f-]{36}$/);
  return new URL(page.url()).hash;
}

/** A line of so many bytes per second; any number if it is negative. */
async function line(uploadThroughput) {
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
}

async function until(part) {
  for (let patience = 1200; patience > 0 && !sent.includes(part); patience -= 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.ok(sent.includes(part), `part ${part} was not sent`);
}

const states = (count, state) =>
  page.waitForFunction(([number, wanted]) => document.querySelectorAll(`article .state.${wanted}`).length === number, [count, state]);

test("the pages' copy of Uppy is what its packages give: renew it with `npm run bundle`", async () => {
  assert.ok((await bundled()) === (await kept()), "components/web/pages/uppy.js is stale");
});

test("a teacher hands in, pauses, goes on, and sees everything become ready", async () => {
  await line(8 * MiB);
  await handIn("Photosynthesis, year 7", [await plan("Menü – 日本語 (final) .md"), await video("lesson.mp4", 21 * MiB)]);
  await until(2);
  const pause = page.getByRole("button", { name: "Pause" });
  await pause.click();
  await page.getByText("paused").waitFor();
  const before = sent.length;
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.equal(sent.length, before, "nothing is sent while it is paused");
  await page.getByRole("button", { name: "Go on" }).click();
  await line(-1);
  await states(2, "ready");
  assert.equal(sent.filter((part) => part === 1).length, 1, `what had arrived is not sent again: ${sent}`);
  assert.ok(await page.getByText("Menü – 日本語 (final) .md").isVisible());
});

test("the page is closed in the middle, and another one goes on", async () => {
  const path = await video("closed.mp4", 26 * MiB);
  await line(8 * MiB);
  const place = await handIn("Closed", [path]);
  await until(3);
  await page.close({ runBeforeUnload: false });
  assert.ok(!sent.includes(6), `it was not over: ${sent}`);

  sent = [];
  page = await open(place);
  await page.getByText(/The store has \d+(\.\d+)? MB of/).waitFor();
  const other = await plan("closed.md");
  await page.setInputFiles("input[type=file]", other);
  await page.getByText("Choose the same file as before.").waitFor();
  await page.setInputFiles("input[type=file]", path);
  await states(1, "ready");
  assert.ok(!sent.includes(1) && !sent.includes(2) && sent.includes(6), `${sent}`);
});

test("a file that is not what it says is explained, and replaced", async () => {
  await handIn("Wrong", [await plan("lesson.mp4", "MZ, a program\0\0\0")]);
  await states(1, "failed");
  await page.getByText("The file was announced as an MP4 video").first().waitFor();
  await page.setInputFiles("input[type=file]", await plan("right.md"));
  await states(1, "ready");
});

test("what was handed in by mistake is withdrawn", async () => {
  await line(2 * MiB);
  await handIn("Mistake", [await video("mistake.mp4", 21 * MiB)]);
  await until(1);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.click("#withdrawal-summary");
  await page.click("#withdraw");
  await page.getByText("You withdrew this submission.").first().waitFor();
});
