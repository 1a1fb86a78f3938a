// Signs and checks with the reference implementation of Standard Webhooks for JavaScript, which knows symmetric keys;
// asymmetric ones are left to the Ed25519 of Node.js.
//
// Reads {"sign": [...], "verify": [...]} on standard input; writes {"signatures": [...], "accepted": [...]}.

import { createPrivateKey, createPublicKey, sign as signWith, verify as verifyWith } from "node:crypto";
import { readFileSync } from "node:fs";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

// What is before the bytes of an Ed25519 key in PKCS #8 and in SPKI (RFC 8410).
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

const content = ({ id, timestamp, body }) => Buffer.from(`${id}.${timestamp}.${body}`);
const bytes = (key) => Buffer.from(key.slice("whsk_".length), "base64");

function sign(message) {
  if (!message.key.startsWith("whsk_")) {
    return new Webhook(message.key).sign(message.id, new Date(message.timestamp * 1000), message.body);
  }
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, bytes(message.key)]), format: "der", type: "pkcs8" });
  return `v1a,${signWith(null, content(message), key).toString("base64")}`;
}

function accepts(message) {
  if (message.key.startsWith("whpk_")) {
    const key = createPublicKey({ key: Buffer.concat([SPKI, bytes(message.key)]), format: "der", type: "spki" });
    return message.signature
      .split(" ")
      .filter((signature) => signature.startsWith("v1a,"))
      .some((signature) => verifyWith(null, content(message), key, Buffer.from(signature.slice(4), "base64")));
  }
  const headers = {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.timestamp),
    "webhook-signature": message.signature,
  };
  try {
    new Webhook(message.key).verify(message.body, headers, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

const work = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({ signatures: work.sign.map(sign), accepted: work.verify.map(accepts) }));
