/**
 * The documentation as its tests read it: pages, their code blocks, their links.
 *
 * A comment on the line above a block says what is done with it, as in `<!-- runs: orders -->`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

export interface Page {
  /** From the repository's root. */
  file: string;
  text: string;
  blocks: Block[];
}

export interface Block {
  /** As in `README.md:40`. */
  place: string;
  language: string;
  /** What the comment above it says; empty without one. */
  mark: string;
  text: string;
}

const files = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  'visualizations/README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export const pages: Page[] = files.map((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  return { file, text, blocks: blocksOf(file, text) };
});

export const blocks: Block[] = pages.flatMap((page) => page.blocks);

/** The one block with this mark. */
export function marked(mark: string): Block {
  const found = blocks.filter((block) => block.mark === mark);
  if (found.length !== 1) throw new Error(`found ${found.length} blocks marked '${mark}', expected one.`);
  return found[0] as Block;
}

/** A console block's commands, and what it shows below them. */
export function transcript({ text }: Block): { commands: string[]; output: string } {
  const lines = text.split('\n');
  const isCommand = (line: string) => line.startsWith('$ ');
  return {
    commands: lines.filter(isCommand).map((line) => line.slice(2)),
    output: lines.filter((line) => !isCommand(line)).join('\n'),
  };
}

function blocksOf(file: string, text: string): Block[] {
  const found = text.matchAll(/^(?:<!-- (?<mark>[^\n]+) -->\n)?```(?<language>\w*)\n(?<text>.*?)^```$/gms);
  return [...found].map(({ index, groups = {} }) => ({
    place: `${file}:${text.slice(0, index).split('\n').length}`,
    language: groups.language ?? '',
    mark: groups.mark ?? '',
    text: (groups.text ?? '').trimEnd(),
  }));
}
