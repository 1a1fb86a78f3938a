// Uploads of this tab. Uppy speaks to the bucket, with one signature for each request; what is known about an upload is kept by the
// application and by the bucket, so a page that was closed goes on with any copy of the file.

import { Problem, post } from "/client.js";
import { announce, element } from "/elements.js";
import { AwsS3, Uppy } from "/uppy.js";
import { bytes, kindOf, mediaTypeOf } from "/words.js";

/** Above this a file is uploaded in parts: the smallest that a bucket takes. */
const SMALLEST_PART = 5 * 1024 * 1024;

/** The documents whose files this tab has, by id. */
const uploads = new Map();

const uppy = new Uppy({ autoProceed: true, allowMultipleUploadBatches: true });
uppy.use(AwsS3, {
  shouldUseMultipart: ({ size }) => size > SMALLEST_PART,
  getChunkSize: (file) => uploads.get(file.meta?.document)?.partSize ?? Math.max(SMALLEST_PART, Math.ceil(file.size / 256)),
  generateObjectKey: (file) => uploads.get(file.meta.document).key,
  signRequest: (request) => {
    const { path } = [...uploads.values()].find(({ key }) => key === request.key);
    return post(`${path}/sign`, request).then(({ body }) => body);
  },
});

uppy.on("upload-progress", (file, { bytesUploaded }) => change(file, { sent: bytesUploaded }));
uppy.on("upload-error", (file, error) => {
  // The answer may be lost and the file there all the same: the application looks, and says what is true.
  const upload = uploads.get(file.meta.document);
  tell(upload).catch(() => change(file, { failed: reason(error) }));
});
uppy.on("upload-success", (file) => {
  change(file, { done: true });
  announce(`${file.name} has arrived.`);
  // Where the bucket sends no events, this is what makes the application look.
  tell(uploads.get(file.meta.document)).catch(() => {});
});
window.addEventListener("online", () => {
  for (const upload of uploads.values()) if (upload.failed) again(upload);
});
window.addEventListener("beforeunload", (event) => {
  if ([...uploads.values()].some(({ done }) => !done)) event.preventDefault();
});

const reason = (error) => (error instanceof Problem || error?.cause instanceof Problem ? (error.cause ?? error).detail
  : "The connection to the store broke off.");

async function tell(upload) {
  const { body } = await post(`${upload.path}/uploaded`);
  if (body.state === "awaiting-upload") throw new Error("it has not arrived");
  Object.assign(upload, { done: true, failed: null });
  upload.shown?.();
}

function change(file, news) {
  const upload = uploads.get(file?.meta.document);
  if (!upload) return;
  Object.assign(upload, { failed: null }, news);
  upload.shown?.();
}

function again(upload) {
  upload.failed = null;
  upload.shown?.();
  uppy.retryUpload(upload.file).catch(() => {});
}

/** Hands in files as a new submission, and begins to upload them. `key` makes pressing twice safe. */
export async function handIn(title, files, key) {
  const documents = files.map((file) => ({ name: file.name, kind: kindOf(file.name), media_type: mediaTypeOf(file.name), size: file.size }));
  const { body } = await post("/v1/submissions", { title, documents }, { "idempotency-key": key });
  body.documents.forEach((document, index) => begin(body.id, document, files[index]));
  return body.id;
}

/** Puts another file in the place of one that failed, and begins to upload it. */
export async function replace(submission, document, file) {
  const path = `/v1/submissions/${submission}/documents/${document.id}/replacement`;
  const { body } = await post(path, { name: file.name, kind: kindOf(file.name), media_type: mediaTypeOf(file.name), size: file.size },
    { "idempotency-key": crypto.randomUUID() });
  const made = body.documents.find((candidate) => candidate.state === "awaiting-upload" && candidate.name === file.name.normalize("NFC")
    && candidate.size === file.size && !uploads.has(candidate.id));
  if (made) begin(submission, made, file);
  return body;
}

/** Begins to upload a document's file, or goes on with what the bucket has of it. */
export function begin(submission, document, file) {
  if (document.state !== "awaiting-upload" || uploads.has(document.id)) return;
  const { key, part_size: partSize, upload_id: uploadId } = document.upload;
  const upload = { key, partSize, size: document.size, sent: 0, received: document.received, path: `/v1/submissions/${submission}/documents/${document.id}` };
  uploads.set(document.id, upload);
  // The same file may be handed in twice: what tells the two apart is the document.
  const meta = { document: document.id, relativePath: document.id };
  upload.file = uppy.addFile({ name: file.name, type: document.media_type, data: file, meta });
  if (uploadId) uppy.setFileState(upload.file, { s3Multipart: { key, uploadId } });
}

/** What a teacher sees and can do while a file is awaited. */
export function controls(submission, document) {
  const upload = uploads.get(document.id);
  if (!upload) return choose(submission, document);
  const bar = element("progress", { max: String(document.size), "aria-label": `Upload of ${document.name}` });
  const words = element("p", { class: "quiet" });
  const pause = element("button", { type: "button", class: "plain", id: `pause-${document.id}`, onclick: () => {
    upload.paused = uppy.pauseResume(upload.file);
    show();
  } });
  const retry = element("button", { type: "button", class: "plain", id: `again-${document.id}`, onclick: () => again(upload) }, "Try again");
  const show = () => {
    const there = Math.min(document.size, Math.max(upload.sent, upload.received, document.received));
    bar.value = there;
    pause.textContent = upload.paused ? "Go on" : "Pause";
    pause.hidden = Boolean(upload.done || upload.failed) || document.upload.parts < 2;
    retry.hidden = !upload.failed;
    words.textContent = upload.done ? "The file has arrived and is being looked at."
      : upload.failed ? `${upload.failed} Nothing that has arrived is lost.`
        : `${bytes(there)} of ${bytes(document.size)}${upload.paused ? ", paused" : ""}. Keep this page open.`;
  };
  upload.shown = show;
  show();
  return element("div", { class: "upload" }, bar, words, element("div", null, pause, " ", retry));
}

/** The file is not in this tab: it was closed, or the upload began elsewhere. */
function choose(submission, document) {
  const wrong = element("p", { class: "notice", role: "alert", hidden: true });
  const field = element("input", { type: "file", id: `file-${document.id}`, onchange: () => {
    const [file] = field.files;
    if (file && file.size !== document.size) {
      wrong.textContent = `This file has ${file.size} bytes, but ${document.size} were announced. Choose the same file as before.`;
      wrong.hidden = false;
    } else if (file) {
      begin(submission, document, file);
      here.replaceWith(controls(submission, document));
    }
  } });
  const here = element("div", { class: "upload" },
    element("p", null, `The store has ${bytes(document.received)} of ${bytes(document.size)}. Finish by `,
      element("time", { datetime: document.upload.finish_by }, new Date(document.upload.finish_by).toLocaleString()), "."),
    element("label", { for: `file-${document.id}` }, document.received > 0 ? "Choose the file again to go on" : "Choose the file"), field, wrong);
  return here;
}
