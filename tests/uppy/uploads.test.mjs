// Uppy, unmodified, in a real browser, against the development stack.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { build } from "esbuild";
import * as scene from "./scene.mjs";
import { MiB, plan, token, video } from "./scene.mjs";

let bundle, context, page, sent;

before(async () => {
  const entry = join(scene.here, "page.js");
  const built = await build({ entryPoints: [entry], bundle: true, write: false, format: "iife" });
  bundle = built.outputFiles[0].text;
  await scene.set();
});
after(scene.end);

beforeEach(async () => {
  // The pages' own policy would not let this page's script run.
  context = await scene.context({ bypassCSP: true });
  sent = new scene.Sent();
  page = await open();
});

afterEach(() => context.close());

/** A page of the application's own origin, with Uppy on it. */
async function open() {
  const opened = await context.newPage();
  sent.watch(opened);
  opened.on("requestfailed", (request) => console.log(request.method(), new URL(request.url()).pathname, request.failure().errorText));
  opened.on("pageerror", (error) => console.error(error));
  await opened.goto(scene.url);
  await opened.setContent("<!doctype html><title>Test</title><input type=file multiple>");
  await opened.addScriptTag({ content: bundle });
  return opened;
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
    await scene.seconds(0.2);
  }
  return assert.fail("it did not become ready");
}

test("a file in one request", async () => {
  const submission = await announce(await plan("Menü – 日本語 (final) .md"));
  await begin(submission, { multipart: false });
  assert.deepEqual(await page.evaluate(() => window.outcome()), { successful: 1, failed: [] });
  const { documents } = await ready(submission);
  assert.equal(documents[0].name, "Menü – 日本語 (final) .md");
  assert.deepEqual([...sent], [0]);
});

test("a video in parts", async () => {
  const submission = await announce(await video("lesson.mp4", 11 * MiB));
  await begin(submission);
  assert.deepEqual(await page.evaluate(() => window.outcome()), { successful: 1, failed: [] });
  await ready(submission);
  assert.deepEqual([...sent], [1, 2, 3]);
});

test("several files at once", async () => {
  const submission = await announce(await video("a.mp4", 6 * MiB), await plan("b.md"), await video("c.mp4", 6 * MiB));
  await begin(submission);
  assert.deepEqual(await page.evaluate(() => window.outcome()), { successful: 3, failed: [] });
  await ready(submission);
});

test("pause and resume", async () => {
  const submission = await announce(await video("pause.mp4", 16 * MiB));
  const line = await scene.line(page);
  await line.slow(8 * MiB);
  await begin(submission);
  await sent.until(2);
  await page.evaluate(() => window.uppy.pauseAll());
  const before = [...sent];
  await scene.seconds(1);
  assert.deepEqual([...sent], before, "nothing is sent while it is paused");
  await page.evaluate(() => window.uppy.resumeAll());
  assert.deepEqual(await page.evaluate(() => window.outcome()), { successful: 1, failed: [] });
  await ready(submission);
  assert.equal(sent.times(1), 1, "what had arrived is not sent again");
});

test("the page is closed in the middle, and only what is missing is sent afterwards", async () => {
  const path = await video("closed.mp4", 21 * MiB);
  const submission = await announce(path);
  const line = await scene.line(page);
  await line.slow(8 * MiB);
  await begin(submission);
  await sent.until(3);
  await page.close();
  assert.ok(!sent.includes(5), `it was not over: ${sent}`);

  sent = new scene.Sent();
  page = await open();
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
  const line = await scene.line(page);
  await line.slow(8 * MiB);
  await begin(submission);
  await sent.until(2);
  await line.cut();
  await context.setOffline(true);
  await scene.seconds(1.5);
  await context.setOffline(false);
  await line.fast();
  let outcome = await page.evaluate(() => window.outcome());
  // Uppy tries three times; after that a person presses its button.
  for (let presses = 0; outcome.failed.length > 0 && presses < 3; presses += 1) {
    outcome = await page.evaluate(() => window.retry());
  }
  assert.equal(outcome.successful, 1, JSON.stringify(outcome));
  await ready(submission);
  assert.equal(sent.times(1), 1, `what had arrived is not sent again: ${sent}`);
});

test("a link has expired while the laptop slept", async () => {
  const submission = await announce(await video("slept.mp4", 11 * MiB));
  await begin(submission, { spoilFirst: true });
  const outcome = await page.evaluate(() => window.outcome());
  if (outcome.failed.length > 0) {
    assert.deepEqual(await page.evaluate(() => window.retry()), { successful: 1, failed: [] });
  }
  await ready(submission);
  assert.equal(sent.times(1), 1, `only the one with the old link is sent again: ${sent}`);
});
