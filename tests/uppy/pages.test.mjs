// The application's own pages in a real browser, with their own content security policy.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { bundled, kept } from "./bundle.mjs";
import * as scene from "./scene.mjs";
import { MiB, plan, video } from "./scene.mjs";

const PATIENCE = 180_000;

let context, page, sent, complaints;

before(scene.set);
after(scene.end);

beforeEach(async () => {
  context = await scene.context();
  context.setDefaultTimeout(PATIENCE);
  [sent, complaints] = [new scene.Sent(), []];
  page = await open();
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(complaints, [], "no script failed, and none did what the policy forbids");
});

/** The pages, with a teacher signed in. */
async function open(place = "") {
  const opened = await context.newPage();
  sent.watch(opened);
  opened.on("pageerror", (error) => complaints.push(String(error)));
  opened.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });
  await opened.goto(scene.url + place);
  await opened.fill("#token", scene.token);
  await opened.click("button[type=submit]");
  return opened;
}

async function handIn(title, paths) {
  await page.fill("#title", title);
  await page.setInputFiles("#files", paths);
  await page.click("#hand-in");
  await page.waitForURL(/#\/submissions\/[0-9a-f-]{36}$/);
  return new URL(page.url()).hash;
}

const states = (count, state) =>
  page.waitForFunction(([number, wanted]) => document.querySelectorAll(`article .state.${wanted}`).length === number, [count, state]);

test("the pages' copy of Uppy is what its packages give: renew it with `npm run bundle`", async () => {
  assert.ok((await bundled()) === (await kept()), "components/web/pages/uppy.js is stale");
});

test("a teacher hands in, pauses, goes on, and sees everything become ready", async () => {
  const line = await scene.line(page);
  await line.slow(8 * MiB);
  await handIn("Photosynthesis, year 7", [await plan("Menü – 日本語 (final) .md"), await video("lesson.mp4", 21 * MiB)]);
  await sent.until(2);
  const pause = page.getByRole("button", { name: "Pause" });
  await pause.click();
  await page.getByText("paused").waitFor();
  const before = sent.length;
  await scene.seconds(1);
  assert.equal(sent.length, before, "nothing is sent while it is paused");
  await page.getByRole("button", { name: "Go on" }).click();
  await line.fast();
  await states(2, "ready");
  assert.equal(sent.times(1), 1, `what had arrived is not sent again: ${sent}`);
  assert.ok(await page.getByText("Menü – 日本語 (final) .md").isVisible());
});

test("the page is closed in the middle, and another one goes on", async () => {
  const path = await video("closed.mp4", 26 * MiB);
  const line = await scene.line(page);
  await line.slow(8 * MiB);
  const place = await handIn("Closed", [path]);
  await sent.until(3);
  await page.close({ runBeforeUnload: false });
  assert.ok(!sent.includes(6), `it was not over: ${sent}`);

  sent = new scene.Sent();
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
  const line = await scene.line(page);
  await line.slow(2 * MiB);
  await handIn("Mistake", [await video("mistake.mp4", 21 * MiB)]);
  await sent.until(1);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.click("#withdrawal-summary");
  await page.click("#withdraw");
  await page.getByText("You withdrew this submission.").first().waitFor();
});
