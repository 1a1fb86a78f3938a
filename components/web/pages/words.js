// What things are called on the pages.

/** The stages that a teacher sees, and the states of the pipeline that each stands for. */
export const STAGES = [
  { name: "Uploaded", states: ["awaiting-upload"] },
  { name: "Sent to review", states: ["uploaded", "transferring"] },
  { name: "Reviewed", states: ["in-review"] },
  { name: "Checked", states: ["verifying", "normalizing"] },
  { name: "Ready", states: ["ready"] },
];

const STATES = {
  "awaiting-upload": "Waiting for the file",
  "uploaded": "Received, waiting to be sent",
  "transferring": "Being sent to review",
  "in-review": "In review",
  "verifying": "Review returned, being checked",
  "normalizing": "Being prepared for evaluators",
  "ready": "Ready",
  "failed": "Failed",
  "in-progress": "On its way",
};

/** A state, for people. */
export const stateName = (state) => STATES[state] ?? state;

/** A kind of document, for people. */
export const kindName = (kind) => ({ "lesson-plan": "Lesson plan", "classroom-video": "Classroom video" })[kind] ?? kind;

const MEDIA_TYPES = {
  txt: "text/plain", text: "text/plain", md: "text/markdown", markdown: "text/markdown", pdf: "application/pdf",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", odt: "application/vnd.oasis.opendocument.text",
  rtf: "application/rtf", mp4: "video/mp4", mov: "video/quicktime", qt: "video/quicktime", m4v: "video/x-m4v",
  avi: "video/x-msvideo", mpg: "video/mpeg", mpeg: "video/mpeg", wmv: "video/x-ms-wmv",
};

/** What a file picker offers. */
export const ACCEPTED = Object.keys(MEDIA_TYPES).map((extension) => `.${extension}`).join(",");

/** The media type that a file's name suggests; what counts is its content, at which the application looks. */
export const mediaTypeOf = (name) => MEDIA_TYPES[name.split(".").pop().toLowerCase()] ?? "application/octet-stream";

/** The kind of document that a file's name suggests. */
export const kindOf = (name) => (mediaTypeOf(name).startsWith("video/") ? "classroom-video" : "lesson-plan");

/** A word in kebab-case, for people. */
export const plainWord = (word) => word.charAt(0).toUpperCase() + word.slice(1).replaceAll("-", " ");

/** Whether nothing will change any more by itself. */
export const isOver = (state) => state === "ready" || state === "failed";

/** A length in bytes. */
export function bytes(size) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = size;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toLocaleString("en", { maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1 })} ${units[unit]}`;
}

/** A time of the media, as `1:02` or `1:02:03`. */
export function playTime(seconds) {
  const whole = Math.floor(seconds);
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** The time of day if it is today's, the date and the time otherwise. */
export function moment(timestamp) {
  const date = new Date(timestamp);
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : calendar.format(date);
}
