// Speaks to the other components, as the person who is here.

import { token } from "/session.js";

/** What went wrong, with the members of its problem details (RFC 9457). */
export class Problem extends Error {
  constructor(status, details) {
    super(details.detail ?? details.title);
    this.status = status;
    this.code = String(details.type ?? "").split("/").pop();
    this.title = details.title ?? "That did not work";
    this.detail = details.detail ?? "";
    this.errors = details.errors ?? [];
    this.retryAfter = details.retry_after ?? null;
  }
}

async function send(path, { headers = {}, signal, method = "GET", body } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      body,
      signal,
      cache: "no-store",
      referrerPolicy: "no-referrer",
      headers: { authorization: `Bearer ${token()}`, ...headers },
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, {
      title: "There is no connection",
      detail: "Nothing is lost. As soon as the connection is back, this page goes on by itself.",
    });
  }
  if (response.ok || response.status === 304) return response;
  const details = await response.json().catch(() => ({ detail: `The answer was ${response.status}.` }));
  throw new Problem(response.status, details);
}

/** The JSON at a path, and its entity tag. `null` instead of JSON if it is what `etag` names. */
export async function get(path, { etag, signal } = {}) {
  const response = await send(path, { signal, headers: etag ? { "if-none-match": etag } : {} });
  const body = response.status === 304 ? null : await response.json();
  return { body, etag: response.headers.get("etag") };
}

/** Posts JSON, or nothing, and gives back the JSON that is answered. */
export async function post(path, content, headers = {}) {
  const json = content === undefined ? {} : { "content-type": "application/json" };
  const body = content === undefined ? undefined : JSON.stringify(content);
  const response = await send(path, { method: "POST", body, headers: { ...json, ...headers } });
  return { body: await response.json() };
}

/** The text of a file of a document, from the bucket. */
export async function text(href, signal) {
  const response = await send(href, { signal });
  // A byte order mark is a character that positions count.
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer());
}

/** Where in the bucket a file of a document is, for the next minutes. The browser follows the redirect; the first byte is enough. */
export async function address(href, signal) {
  const stop = new AbortController();
  signal?.addEventListener("abort", () => stop.abort(), { once: true });
  const response = await send(href, { signal: stop.signal, headers: { range: "bytes=0-0" } });
  const { url } = response;
  stop.abort();
  return url;
}

/** Loads again and again what may still change, until the page is left. `load` answers whether something may still change. */
export async function follow(load, failed, signal) {
  const pause = (seconds) => new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
  const visible = () => new Promise((resolve) => {
    if (!document.hidden) return resolve();
    document.addEventListener("visibilitychange", resolve, { once: true });
    signal.addEventListener("abort", resolve, { once: true });
  });
  while (!signal.aborted) {
    try {
      await pause((await load()) ? 2 : 15);
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Problem)) throw error;
      failed(error);
      // What is wrong with the request stays wrong; what is wrong with the service does not.
      if (error.status >= 400 && error.status < 500) return;
      await pause(error.retryAfter ?? 5);
    }
    await visible();
  }
}
