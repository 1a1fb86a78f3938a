// Uppy, unmodified, in a real browser, against the development stack. The stack is started by tests/tests/uppy.rs, which says
// where it is: DOSSIER_URL, DOSSIER_TOKEN, CHROMIUM.

import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const { DOSSIER_URL: url, DOSSIER_TOKEN: token, CHROMIUM: executablePath } = process.env;
const here = fileURLToPath(new URL(".", import.meta.url));
const MiB = 1024 * 1024;

let browser, bundle, folder, context, page, sent;

before(async () => {
  const built = await build({ entryPoints: [join(here, "page.js")], bundle: true, write: false, format: "iife" });
  bundle = built.outputFiles[0].text;
  folder = await mkdtemp(join(tmpdir(), "dossier-uppy-"));
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  // The pages' own policy would not let this page's script run.
  context = await browser.newContext({ bypassCSP: true });
  sent = [];
  page = await open();
});

afterEach(() => context.close());

/** A page of the application's own origin, with Uppy on it. */
async function open() {
  const opened = await context.newPage();
  opened.on("request", (request) => {
    const { searchParams } = new URL(request.url());
    if (request.method() === "PUT") sent.push(Number(searchParams.get("partNumber") ?? 0));
  });
  opened.on("requestfailed", (request) => console.log(request.method(), new URL(request.url()).pathname, request.failure().errorText));
  opened.on("pageerror", (error) => console.error(error));
  await opened.goto(url);
  await opened.setContent("<!doctype html><title>Test</title><input type=file multiple>");
  await opened.addScriptTag({ content: bundle });
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

async function plan(name) {
  const path = join(folder, name);
  await writeFile(path, `# ${name}\n\nThe leafs are green.\n`);
  return path;
}

/** Announces files on the page, and gives back the submission. */
async function announce(...paths) {
  await page.setInputFiles("input", paths);
  return page.evaluate((given) => window.announce(given), token);
}

const begin = (submission, { multipart = true, spoilFirst = false } = {}) =>
  page.evaluate(([a, b, c]) => window.begin(a, b, c), [submission, multipart, spoilFirst]);

async function ready(submission) {
  for (let patience = 600; patience > 0; patience -= 1) {
    const now = await page.evaluate(([id, given]) => window.look(id, given), [submission.id, token]);
    if (now.documents.every(({ state }) => state === "ready")) return now;
    const failed = now.documents.find(({ state }) => state === "failed");
    assert.equal(failed, undefined, JSON.stringify(failed));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return assert.fail("it did not become ready");
}

/** Waits until the page has sent a part of this number. */
async function until(part) {
  for (let patience = 1200; patience > 0 && !sent.includes(part); patience -= 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.ok(sent.includes(part), `part ${part} was not sent`);
}

/** A line of so many bytes per second. */
async function slow(bytesPerSecond) {
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const set = (uploadThroughput, offline = false) =>
    session.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput });
  await set(bytesPerSecond);
  return set;
}

test("a file in one request", async () => {
  const submission = await announce(await plan("Menü – 日本語 (final) .md"));
  await begin(submission, { multipart: false });
  assert.deepEqual(await page.evaluate(() => window.outcome()), { successful: 1, failed: [] });
  const { documents } = await ready(submission);
  assert.equal(documents[0].name, "Menü – 日本語 (final) .md");
  assert.deepEqual(sent, [0]);
});

test("a video in parts", async () => {
  const submission = await announce(await video("lesson.mp4", 11 * MiB));
  await begin(submission);
  assert.deepEqual(await page.evaluate(() => window.outcome()), { successful: 1, failed: [] });
  await ready(submission);
  assert.deepEqual(sent, [1, 2, 3]);
});

test("several files at once", async () => {
  const submission = await announce(await video("a.mp4", 6 * MiB), await plan("b.md"), await video("c.mp4", 6 * MiB));
  await begin(submission);
  assert.deepEqual(await page.evaluate(() => window.outcome()), { successful: 3, failed: [] });
  await ready(submission);
});

test("pause and resume", async () => {
  const submission = await announce(await video("pause.mp4", 16 * MiB));
  await slow(8 * MiB);
  await begin(submission);
  await until(2);
  await page.evaluate(() => window.uppy.pauseAll());
  const before = [...sent];
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.deepEqual(sent, before, "nothing is sent while it is paused");
  await page.evaluate(() => window.uppy.resumeAll());
  assert.deepEqual(await page.evaluate(() => window.outcome()), { successful: 1, failed: [] });
  await ready(submission);
  assert.equal(sent.filter((part) => part === 1).length, 1, "what had arrived is not sent again");
});

test("the page is closed in the middle, and only what is missing is sent afterwards", async () => {
  const path = await video("closed.mp4", 21 * MiB);
  const submission = await announce(path);
  await slow(8 * MiB);
  await begin(submission);
  await until(3);
  await page.close();
  assert.ok(!sent.includes(5), `it was not over: ${sent}`);

  page = await open();
  sent = [];
  // The page knows the submission, from its address for example; all the rest the server says.
  await page.setInputFiles("input", path);
  const again = await page.evaluate(([id, given]) => window.look(id, given), [submission.id, token]);
  assert.ok(again.documents[0].upload.upload_id);
  assert.ok(again.documents[0].received >= 10 * MiB, `${again.documents[0].received} bytes had arrived`);
  await begin(again);
  assert.deepEqual(await page.evaluate(() => window.outcome()), { successful: 1, failed: [] });
  await ready(submission);
  assert.ok(!sent.includes(1) && !sent.includes(2) && sent.includes(5), `${sent}`);
});

test("the network is cut and comes back", async () => {
  const submission = await announce(await video("cut.mp4", 16 * MiB));
  const set = await slow(8 * MiB);
  await begin(submission);
  await until(2);
  await set(-1, true);
  await context.setOffline(true);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await context.setOffline(false);
  await set(-1, false);
  let outcome = await page.evaluate(() => window.outcome());
  // Uppy tries three times; after that a person presses its button.
  for (let presses = 0; outcome.failed.length > 0 && presses < 3; presses += 1) {
    outcome = await page.evaluate(() => window.retry());
  }
  assert.equal(outcome.successful, 1, JSON.stringify(outcome));
  await ready(submission);
  assert.equal(sent.filter((part) => part === 1).length, 1, `what had arrived is not sent again: ${sent}`);
});

test("a link has expired while the laptop slept", async () => {
  const submission = await announce(await video("slept.mp4", 11 * MiB));
  await begin(submission, { spoilFirst: true });
  const outcome = await page.evaluate(() => window.outcome());
  if (outcome.failed.length > 0) {
    assert.deepEqual(await page.evaluate(() => window.retry()), { successful: 1, failed: [] });
  }
  await ready(submission);
  assert.equal(sent.filter((part) => part === 1).length, 1, `only the one with the old link is sent again: ${sent}`);
});
