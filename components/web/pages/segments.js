// Cuts a text where remarks begin and end, so that each piece can be shown with the remarks that are about it.

/**
 * The pieces of a text, in order. Positions count Unicode code points, as Web Annotations do; JavaScript's own count UTF-16.
 *
 * @param {string} text
 * @param {{start: number, end: number}[]} places where each remark begins, and one past where it ends; equal for a place
 *   between two characters, which becomes an empty piece of its own
 * @returns {{text: string, remarks: number[]}[]} each piece, and the indices of the places that it lies in
 */
export function segments(text, places) {
  const characters = Array.from(text);
  const within = (position) => Math.min(Math.max(position, 0), characters.length);
  const clamped = places.map(({ start, end }) => ({ start: within(start), end: within(Math.max(start, end)) }));
  const cuts = new Set([0, characters.length]);
  for (const { start, end } of clamped) cuts.add(start).add(end);
  const sorted = [...cuts].sort((left, right) => left - right);

  const pieces = [];
  sorted.forEach((from, index) => {
    const points = clamped.flatMap(({ start, end }, place) => (start === end && start === from ? [place] : []));
    if (points.length > 0) pieces.push({ text: "", remarks: points });
    const to = sorted[index + 1];
    if (to === undefined) return;
    const remarks = clamped.flatMap(({ start, end }, place) => (start <= from && to <= end ? [place] : []));
    pieces.push({ text: characters.slice(from, to).join(""), remarks });
  });
  return pieces;
}
