/**
 * The line by which a written file is known as ours, in a comment: what was installed, and a sum that tells whether somebody has
 * changed the file since.
 */
import { createHash } from 'node:crypto';
import type { Launch } from './launch.ts';

export type Note = Pick<Launch, 'config' | 'data' | 'profile'>;

export interface NotedFile extends Note {
  /** It is as it was written. */
  untouched: boolean;
}

const mark = 'nightshift:';
const noteLine = /^.*\bnightshift: (\{.*\}).*\n/m;

/**
 * Puts the line into a text that has a place for it.
 *
 * @param place the line of the text that it takes the place of
 * @param comment makes a comment of a text, as the file's language has it
 */
export function noted(text: string, place: string, { config, data, profile }: Note, comment: (text: string) => string) {
  const sum = sumOf(text.replace(`${place}\n`, ''));
  // Two hyphens would end a comment in XML.
  const json = JSON.stringify({ config, data, profile, sum }).replaceAll('--', '-\\u002d');
  return text.replace(place, () => comment(`${mark} ${json}`));
}

/** What a file says of itself; undefined for one that is not ours. */
export function noteIn(text: string): NotedFile | undefined {
  const json = noteLine.exec(text)?.[1];
  if (json === undefined) return undefined;
  try {
    const { config, data, profile, sum } = JSON.parse(json) as Note & { sum: string };
    return { config, data, profile, untouched: sum === sumOf(withoutNote(text)) };
  } catch {
    return undefined;
  }
}

/** The text itself. */
export function withoutNote(text: string): string {
  return text.replace(noteLine, '');
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
