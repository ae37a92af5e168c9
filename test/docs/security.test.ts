/**
 * The threat model: every line of it names tests, and all of them are there.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pages, root } from './markdown.ts';

const { text = '' } = pages.find(({ file }) => file === 'docs/security.md') ?? {};
const [, holds = ''] = /^## What holds\n(.*?)^## /ms.exec(text) ?? [];
const lines = [...holds.matchAll(/^\| (.+) \| (.+) \| (.+) \|$/gm)]
  .map(([, threat = '', , named = '']) => ({ threat, named }))
  .filter(({ threat }) => !/^(threat|---)$/.test(threat));

it.each(lines)('$threat: is held off by tests that there are', ({ named }) => {
  const files = [...named.matchAll(/\[`(test\/[^`]+)`\]\(\.\.\/([^)]+)\)((?: “[^”]+”,?)+)/g)];
  expect(files.length).toBeGreaterThan(0);
  for (const [, file = '', link, names = ''] of files) {
    expect(link).toBe(file);
    expect(existsSync(join(root, file)), file).toBe(true);
    const titles = titlesIn(readFileSync(join(root, file), 'utf8'));
    for (const [, name = ''] of names.matchAll(/“([^”]+)”/g)) expect(titles, file).toContain(name);
  }
});

it('is read whole by this test', () => {
  const rows = holds.match(/^\|(?! (?:threat|---) ).*$/gm) ?? [];
  expect(lines.length).toBe(rows.length);
  expect(rows.length).toBeGreaterThan(25);
});

/** Every text of a test file that can be the name of a test, or of a row of its tests. */
function titlesIn(source: string): string[] {
  return [...source.matchAll(/^\s*(?:(?:it|describe)\b.*?\(|\]\)\(|\[)?(['"`])(.*?)\1,/gm)]
    .map(([, , title = '']) => title)
    .concat([...source.matchAll(/\)\((['"`])(.*?)\1,/g)].map(([, , title = '']) => title));
}
