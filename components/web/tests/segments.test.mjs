// node --test components/web/tests

import assert from "node:assert/strict";
import test from "node:test";

import { segments } from "../pages/segments.js";

test("a text without remarks is one piece", () => {
  assert.deepEqual(segments("abc", []), [{ text: "abc", remarks: [] }]);
});

test("positions count code points", () => {
  assert.deepEqual(segments("a😀b😀c", [{ start: 2, end: 3 }]), [
    { text: "a😀", remarks: [] },
    { text: "b", remarks: [0] },
    { text: "😀c", remarks: [] },
  ]);
});

test("remarks that overlap share a piece", () => {
  assert.deepEqual(segments("abcdef", [{ start: 0, end: 4 }, { start: 2, end: 6 }]), [
    { text: "ab", remarks: [0] },
    { text: "cd", remarks: [0, 1] },
    { text: "ef", remarks: [1] },
  ]);
});

test("a place between two characters is a piece of its own", () => {
  assert.deepEqual(segments("ab", [{ start: 1, end: 1 }, { start: 2, end: 2 }]), [
    { text: "a", remarks: [] },
    { text: "", remarks: [0] },
    { text: "b", remarks: [] },
    { text: "", remarks: [1] },
  ]);
});

test("whatever the places are, the pieces together are the text", () => {
  const text = "Grüße – 日本語 😀.";
  for (const [start, end] of [[-5, 2], [3, 1], [0, 999], [999, 1000], [4, 4]]) {
    assert.equal(segments(text, [{ start, end }]).map((piece) => piece.text).join(""), text);
  }
});
