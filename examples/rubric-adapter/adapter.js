// The adapter of a service in which people assess lesson plans by a rubric: an adapter in JavaScript.
//
// It is here to show that an adapter may be written in any language that becomes a WebAssembly component, and to be read
// by whoever writes one. What each function is for says wit/vendor.wit; `cargo xtask check-adapter` checks this one like
// any other. Records are objects, variants are { tag, val }, and a result's error is thrown. The engine is QuickJS, which has
// no TextDecoder.

const REPORT = 'assessment';

const header = (name, value) => ({ name, value });

/** JSON in UTF-8. */
function bytes(value) {
  const encoded = encodeURIComponent(JSON.stringify(value));
  return Uint8Array.from(encoded.match(/%..|[^%]/g), (unit) =>
    unit.length === 3 ? Number.parseInt(unit.slice(1), 16) : unit.charCodeAt(0));
}

/** The least code point that may be written in one byte more than this. */
const LEAST = [0, 0x80, 0x800, 0x10000];

/** UTF-8 as a text; bytes that are none are an error. */
function decode(content) {
  const units = new Uint16Array(content.length);
  let length = 0;
  for (let at = 0; at < content.length;) {
    const first = content[at++];
    let more = first < 0x80 ? 0 : first >> 5 === 6 ? 1 : first >> 4 === 14 ? 2 : first >> 3 === 30 ? 3 : -1;
    let point = more === 0 ? first : first & (0x3f >> more);
    if (more < 0) throw new Error('it is not UTF-8');
    const least = more < 0 ? 0 : LEAST[more];
    for (; more > 0; more -= 1) {
      const next = content[at++];
      if (next >> 6 !== 2) throw new Error('it is not UTF-8');
      point = (point << 6) | (next & 0x3f);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new Error('it is not UTF-8');
    if (point > 0xffff) {
      units[length++] = 0xd7c0 + (point >> 10);
      units[length++] = 0xdc00 | (point & 0x3ff);
    } else {
      units[length++] = point;
    }
  }
  const pieces = [];
  for (let from = 0; from < length; from += 4096) {
    pieces.push(String.fromCharCode.apply(null, units.subarray(from, Math.min(from + 4096, length))));
  }
  return pieces.join('');
}

/** JSON.parse recurses, and would take the whole adapter down with it. */
function refuseDepth(json) {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at += 1) {
    const unit = json[at];
    if (inText && unit === '\\') at += 1;
    else if (unit === '"') inText = !inText;
    else if (!inText && (unit === '[' || unit === '{')) depth += 1;
    else if (!inText && (unit === ']' || unit === '}')) depth -= 1;
    if (depth > 64) throw new Error('it is nested too deeply');
  }
}

/** JSON out of bytes, or a reason why not. */
function parse(content, what) {
  try {
    const json = decode(content);
    refuseDepth(json);
    return JSON.parse(json);
  } catch (error) {
    throw `${what} cannot be read: ${error.message}`;
  }
}

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member that must be a text; JSON from elsewhere may hold anything, halves of characters included. */
function text(object, member, what) {
  if (!isObject(object) || typeof object[member] !== 'string') throw `${what} has no ${member}`;
  return object[member].toWellFormed();
}

export const adapter = {
  describe: () => ({
    name: 'rubric',
    version: '0.1.0',
    callbackSignature: { tag: 'standard-webhooks' },
  }),

  makeRequest({ document, documentUrl, callbackUrl, idempotencyKey }) {
    if (document.kind !== 'lesson-plan') throw 'The assessors read lesson plans; they do not watch recordings.';
    return {
      method: 'POST',
      path: '/assessments',
      headers: [header('content-type', 'application/json'), header('idempotency-key', idempotencyKey)],
      body: bytes({ plan: documentUrl, title: document.title, reference: document.id, notify: callbackUrl }),
      secrets: [{ secret: 'token', place: { tag: 'header', val: { name: 'x-api-key', prefix: '' } } }],
    };
  },

  readResponse({ status, body }) {
    if (status >= 200 && status <= 299) {
      try {
        const id = text(parse(body, 'the answer'), 'id', 'the answer');
        if (id !== '') return { tag: 'accepted', val: id };
      } catch {
        // What cannot be understood is a reason to ask again.
      }
    }
    const refused = status >= 400 && status <= 499 && ![401, 403, 408, 425, 429].includes(status);
    const reason = `it answered with the status ${status}`;
    return refused ? { tag: 'refused', val: reason } : { tag: 'try-again', val: { reason, afterSeconds: undefined } };
  },

  readCallback({ body }) {
    const report = parse(body, 'the callback');
    const verdict = isObject(report) && report.url !== undefined
      ? {
        tag: 'completed',
        val: [{
          role: REPORT,
          url: text(report, 'url', 'the callback'),
          mediaType: 'application/json',
          size: undefined,
          sha256: undefined,
          token: undefined,
        }],
      }
      : { tag: 'failed', val: text(report, 'reason', 'the callback') };
    return {
      document: text(report, 'reference', 'the callback'),
      review: text(report, 'id', 'the callback'),
      completedAt: undefined,
      verdict,
    };
  },

  expectations: () => [{
    role: REPORT,
    required: true,
    mediaTypes: ['application/json'],
    maxSize: 1048576,
    form: {
      tag: 'json',
      val: [
        { pointer: '/criteria', type: 'array', required: true },
        { pointer: '/criteria/*/name', type: 'string', required: true },
        { pointer: '/criteria/*/level', type: 'string', required: true },
        { pointer: '/criteria/*/comment', type: 'string', required: false },
      ],
    },
    content: true,
  }],

  normalize(_, files) {
    const file = files.find(({ role }) => role === REPORT);
    if (!file) throw `the file ${REPORT} is missing`;
    const report = parse(file.content, `the file ${REPORT}`);
    if (!isObject(report) || !Array.isArray(report.criteria)) throw `the file ${REPORT} has no criteria`;
    const annotations = report.criteria.map((criterion, index) => {
      const what = `criterion ${index}`;
      const assessed = `${text(criterion, 'name', what)}: ${text(criterion, 'level', what)}`;
      const bodies = [{ purpose: 'assessing', value: assessed }];
      if (typeof criterion.comment === 'string' && criterion.comment !== '') {
        bodies.push({ purpose: 'commenting', value: criterion.comment.toWellFormed() });
      }
      return { motivation: 'assessing', bodies, target: { tag: 'whole' } };
    });
    return { language: undefined, text: undefined, media: undefined, annotations, files: [] };
  },
};
