/**
 * How much a run has produced: that it ended well says nothing, a script that did nothing ends well too.
 */

/**
 * Items of a list, entries of an object, characters of a text without the space around it; a number counts as itself.
 * Nothing and false count as 0, true as 1.
 */
export function outputSize(output: unknown): number {
  if (typeof output === 'string') return output.trim().length;
  if (typeof output === 'number') return output;
  if (Array.isArray(output)) return output.length;
  if (typeof output === 'object' && output !== null) return Object.keys(output).length;
  return output === true ? 1 : 0;
}
