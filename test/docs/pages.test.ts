import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { statesOf } from '../../src/actors/chart-rules.ts';
import { breakerMachine } from '../../src/machines/breaker.ts';
import { engineMachine } from '../../src/machines/engine.ts';
import { quotaMachine } from '../../src/machines/quota.ts';
import { type EngineContext, failuresWith } from '../../src/policies/engine.ts';
import { type FailureClass, failureClasses } from '../../src/policies/failure.ts';
import { readableLines } from '../../src/telemetry/readable-line.ts';
import { marked, type Page, pages, root } from './markdown.ts';

describe('a page', () => {
  it.each(pages)('links to what exists: $file', ({ file, text }) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? file : join(dirname(file), path);
      if (!existsSync(join(root, target))) return true;
      const page = pages.find((each) => each.file === target);
      return anchor !== undefined && !(page && anchorsOf(page).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  it.each(pages)('names files that exist: $file', ({ text }) => {
    const named = [...text.matchAll(/`((?:src|test|docs|scripts|\.ci)\/[\w./*-]+)`/g)].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

it('a line of the log reads as the page on logs says', () => {
  const { text = '' } = pages.find(({ file }) => file === 'docs/logs.md') ?? {};
  const [, line = 'no such line'] = /^(\{"level":40,.*\})$/m.exec(text) ?? [];
  expect(text).toContain(readableLines({ colours: false, timeZone: 'Europe/Berlin' })(line));
});

it('an exit code that counts towards the halt of its engine says so, and no other', () => {
  const { text = '' } = pages.find(({ file }) => file === 'docs/commands.md') ?? {};
  const rows = [...text.matchAll(/^\| [^|]*\| `(\w+)` \| (.*) \|$/gm)]
    .map(([, name, does = '']) => ({ name: name as FailureClass, does }))
    .filter(({ name }) => failureClasses.includes(name) && name !== 'fatal');
  const counts = ({ name }: { name: FailureClass }) =>
    failuresWith({ failures: 0 } as EngineContext, { class: name, code: 'EXIT', message: '' }) > 0;
  expect(rows).toHaveLength(4);
  expect(rows.filter(({ does }) => does.includes('`maxFailures`'))).toEqual(rows.filter(counts));
});

describe('a diagram', () => {
  it.each([
    { machine: engineMachine as AnyStateMachine, note: 'paused' },
    { machine: breakerMachine as AnyStateMachine, note: 'isolated' },
    { machine: quotaMachine as AnyStateMachine, note: 'none' },
  ])('shows the chart as it is: $machine.id', ({ machine, note }) => {
    const { text } = marked(`chart: ${machine.id}`);
    const drawn = [...text.matchAll(/^ *(\S+) --> (\w+)/gm)].map(([, from, to]) => `${from} → ${to}`);
    const real = edgesOf(machine).filter((edge) => !edge.endsWith(`→ ${note}`));
    expect(drawn.toSorted()).toEqual(real.toSorted());
  });

  it('says from where an engine can be paused', () => {
    const note = /pause leads here from (.*)/.exec(marked('chart: engine').text)?.[1] ?? '';
    const named = note.split(/, | and /).map((state) => `${state} → paused`);
    expect(named.toSorted()).toEqual(edgesOf(engineMachine).filter((edge) => edge.endsWith('→ paused')));
  });
});

function anchorsOf({ text }: Page): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(/\s/g, '-'),
  );
}

/** Ways between the outermost states. One that every state has comes from the chart as a whole, and is left out. */
function edgesOf(machine: AnyStateMachine): string[] {
  const outermost = (state: AnyStateNode) => state.path[0] ?? '';
  const edges = [...statesOf(machine.root)]
    .filter((state) => state.path.length > 0)
    .flatMap((state) => [...state.transitions.values(), state.always ?? []].flat())
    .flatMap(({ source, target = [] }) => target.map((state) => [outermost(source), outermost(state)]))
    .filter(([from, to]) => from !== to)
    .map(([from, to]) => `${from} → ${to}`);
  const [first] = machine.root.initial.target;
  return [...new Set([`[*] → ${first ? outermost(first) : ''}`, ...edges])].sort();
}
