import { expect, it } from 'vitest';
import { factsOf, levelOf } from '../../src/page/log-line.ts';

const line = (facts: object) => ({
  level: 30,
  time: 1,
  msg: 'run.succeeded',
  actor: 'engine/a',
  engine: 'a',
  ...facts,
});

it.each([
  [10, 'trace'],
  [20, 'debug'],
  [35, 'info'],
  [40, 'warn'],
  [60, 'fatal'],
])('calls %i %s', (level, name) => {
  expect(levelOf(line({ level }))).toBe(name);
});

it.each([
  ['a move as one', { msg: 'state.changed', from: 'running', to: 'backoff' }, [['', 'running → backoff']]],
  ['a state that is kept once', { msg: 'state.kept', from: 'running', to: 'running' }, [['', 'running']]],
  [
    'lengths in units',
    { durationMs: 1_500, waitMs: 20 },
    [
      ['took', '1.5 s'],
      ['wait', '20 ms'],
    ],
  ],
  ['steps with their lengths', { steps: { fetch: 20, send: 1_000 } }, [['steps', 'fetch 20 ms, send 1.0 s']]],
  [
    'lists without brackets',
    { services: ['shop'], served: { llm: ['groq', 'ollama'] } },
    [
      ['services', 'shop'],
      ['served', 'llm groq, ollama'],
    ],
  ],
  [
    'a failure by what it says and what it is',
    { failure: { class: 'recoverable', code: 'HTTP_503', message: 'it is down', causes: [] } },
    [['failure', 'it is down (recoverable, HTTP_503)']],
  ],
  ['an error without a code by its type', { err: { type: 'Error', message: 'odd' } }, [['err', 'odd (Error)']]],
  [
    "a job's own facts as they are",
    { text: 'not found', ok: false, none: null },
    [
      ['text', 'not found'],
      ['ok', 'false'],
    ],
  ],
  ['what happened, though that is no text', { msg: 5, n: 1 }, [['n', '1']]],
])('writes %s', (_, facts, expected) => {
  expect(factsOf(line(facts), 1)).toEqual(expected);
});
