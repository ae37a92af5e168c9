/**
 * Where an error was thrown: the first place in its stack that is the job's own code, and neither Node's, nor a
 * package's, nor nightshift's.
 */
import { peekText } from './peek.ts';

const ours = new URL('..', import.meta.url).href;
const frame = /(?:\(|at (?:async )?)(file:\/\/\/[^\s()]+|\/[^\s()]+):(\d+):(\d+)\)?$/gm;

/** As in `/jobs/import.ts:36:9`; undefined for what has no stack, or none of the job's own in it. */
export function throwPlace(thrown: unknown): string | undefined {
  for (const [, file = '', line, column] of (peekText(thrown, 'stack') ?? '').matchAll(frame)) {
    const url = file.startsWith('/') ? `file://${file}` : file;
    if (url.startsWith(ours) || url.includes('/node_modules/')) continue;
    return `${decodeURIComponent(new URL(url).pathname)}:${line}:${column}`;
  }
  return undefined;
}
