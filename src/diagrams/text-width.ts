/**
 * How wide a text will be, without a browser: the widths of a common sans-serif typeface, a little rounded up, so that whatever
 * typeface a reader has, the text stays in its box.
 */

const narrow = /[ijl.,:;'|!()[\]]/;
const slim = /[frt -]/;
const wide = /[mwMW@%]/;
const capital = /[A-Z▸↺✓✗…]/;

/** @param size of the type, px @returns px */
export function textWidth(text: string, size: number): number {
  let ems = 0;
  for (const letter of text) ems += emsOf(letter);
  return ems * size;
}

function emsOf(letter: string): number {
  if (narrow.test(letter)) return 0.31;
  if (slim.test(letter)) return 0.4;
  if (wide.test(letter)) return 0.9;
  return capital.test(letter) ? 0.72 : 0.59;
}
