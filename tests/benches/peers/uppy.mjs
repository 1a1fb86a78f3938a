// node uppy.mjs FILE: Uppy in Chromium, with the page of tests/uppy. DOSSIER_URL and DOSSIER_TOKEN say where, CHROMIUM with what.

import { timed } from "./bucket.mjs";
import { inChromium } from "./chromium.mjs";

const { DOSSIER_URL: origin, DOSSIER_TOKEN: token } = process.env;

await inChromium({ origin, script: "../../uppy/page.js", path: process.argv[2] }, (page) =>
  timed(async () => {
    const submission = await page.evaluate((given) => window.announce(given, "Figures"), token);
    await page.evaluate((announced) => window.begin(announced, true, false), submission);
    const { successful, failed } = await page.evaluate(() => window.outcome());
    if (successful !== 1) throw new Error(JSON.stringify(failed));
  }),
);
