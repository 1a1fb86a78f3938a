// node tus.mjs serve FOLDER: a tus server whose store is the bucket; it prints its address.
// node tus.mjs send FILE URL: a client of it.
// node tus.mjs browse FILE URL: a client of it in Chromium.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { S3Store } from "@tus/s3-store";
import { Server } from "@tus/server";
import { Upload } from "tus-js-client";
import { bucket, configuration, timed } from "./bucket.mjs";
import { inChromium } from "./chromium.mjs";

const [command, path, endpoint] = process.argv.slice(2);

if (command === "serve") {
  process.env.TMPDIR = path;
  const datastore = new S3Store({ partSize: 8 * 1024 * 1024, s3ClientConfig: { bucket, ...configuration } });
  const server = new Server({ path: "/files", datastore });
  const listening = server.listen({ host: "127.0.0.1", port: 0 }, () => {
    console.log(`http://127.0.0.1:${listening.address().port}/files`);
  });
} else if (command === "browse") {
  // Of the server's own origin: no request asks for leave first.
  await inChromium({ origin: new URL(endpoint).origin, script: "tus-page.js", path }, (page) =>
    timed(() => page.evaluate((url) => window.send(url), endpoint)),
  );
} else {
  const { size } = await stat(path);
  await timed(
    () =>
      new Promise((onSuccess, onError) => {
        const options = { endpoint, uploadSize: size, onSuccess, onError, metadata: { filetype: "video/mp4" } };
        new Upload(createReadStream(path), { chunkSize: 64 * 1024 * 1024, ...options }).start();
      }),
  );
}
