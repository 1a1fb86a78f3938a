// What all tests in a browser begin with: Chromium, a folder of files, and an eye on what a page sends. The stack is started by
// tests/tests/uppy.rs, which says where it is: DOSSIER_URL, DOSSIER_TOKEN, CHROMIUM.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const { DOSSIER_URL: url, DOSSIER_TOKEN: token } = process.env;
export const here = fileURLToPath(new URL(".", import.meta.url));
export const MiB = 1024 * 1024;

let browser, folder;

export async function set() {
  folder = await mkdtemp(join(tmpdir(), "dossier-browser-"));
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] });
}

export async function end() {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
}

export const context = (options) => browser.newContext(options);

export const seconds = (number) => new Promise((resolve) => setTimeout(resolve, number * 1000));

/** The sample video, with so many bytes behind it that every player skips. */
export async function video(name, room) {
  const sample = await readFile(join(here, "../../samples/classroom-excerpt.mp4"));
  const box = Buffer.alloc(room);
  box.writeUInt32BE(room);
  box.write("free", 4);
  const path = join(folder, name);
  await writeFile(path, Buffer.concat([sample, box]));
  return path;
}

export async function plan(name, content = `# ${name}\n\nThe leafs are green.\n`) {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** The numbers of the parts that pages send, as they begin to send them; 0 is a file in one piece. */
export class Sent extends Array {
  watch(page) {
    page.on("request", (request) => {
      const { searchParams } = new URL(request.url());
      if (request.method() === "PUT") this.push(Number(searchParams.get("partNumber") ?? 0));
    });
  }

  times(part) {
    return this.filter((one) => one === part).length;
  }

  async until(part) {
    for (let patience = 1200; patience > 0 && !this.includes(part); patience -= 1) await seconds(0.025);
    assert.ok(this.includes(part), `part ${part} was not sent`);
  }
}

/** The line of a page: how many bytes go up per second, and whether any do. */
export async function line(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const set = (uploadThroughput, offline) =>
    session.send("Network.emulateNetworkConditions", { offline, latency: 0, downloadThroughput: -1, uploadThroughput });
  return {
    slow: (bytesPerSecond) => set(bytesPerSecond, false),
    fast: () => set(-1, false),
    cut: () => set(-1, true),
  };
}
