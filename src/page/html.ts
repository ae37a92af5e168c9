/**
 * Markup in template strings, in place of what `htm/preact` has: that keeps an element in which nothing ever changes, and hands the same
 * one out again. Preact notes in an element where it stands, so the one that was kept led to everything that had been around it, and from
 * there to all that came after: a view of an engine that is always busy grew by megabytes a minute, and kept them when it was left.
 */
import htm from 'htm';
import { h, type VNode } from 'preact';

/** What htm gives as `this`: in the first place stands in how far the element may change. */
type Made = [changes: number, ...unknown[]];

/** Such an element is not kept: see "Caching" in htm's README. */
const inEveryWay = 3;

function made(this: Made, ...element: Parameters<typeof h>): VNode {
  this[0] = inEveryWay;
  return h(...element);
}

// Its types take the module for one of CommonJS.
export const html = (htm as unknown as typeof htm.default).bind(made);
