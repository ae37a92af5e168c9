/**
 * Log lines for people: the time of day, the level, what happened, and its facts.
 */
import pretty from 'pino-pretty';
import { shortLine } from './short-line.ts';

/** Turns lines of JSON into text for a terminal, long ones in short. What is no JSON stays as it is, but for what could repaint the screen. */
export function readableLines(colours: boolean): (line: string) => string {
  const show = pretty.prettyFactory({ colorize: colours, singleLine: true, ignore: 'pid,hostname,at,event,via' });
  return (whole) => {
    const line = shortLine(whole);
    try {
      return show(JSON.parse(line, (_, value) => (typeof value === 'string' ? harmless(value) : value)));
    } catch {
      return `${harmless(line.trimEnd())}\n`;
    }
  };
}

/** Whether this terminal gets colours. @see https://no-color.org */
export function coloursFor(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR;
}

function harmless(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]/gu, ' ');
}
