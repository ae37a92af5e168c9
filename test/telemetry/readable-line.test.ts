import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { type ReadableOptions, readableLines } from '../../src/telemetry/readable-line.ts';

const time = Date.parse('2026-11-23T07:04:03.338Z');
const head = { level: 40, time, pid: 7, hostname: 'h' };

function shown(line: object | string, options: Partial<ReadableOptions> = {}): string {
  const text = typeof line === 'string' ? line : JSON.stringify({ ...head, msg: 'said', ...line });
  return readableLines({ colours: false, timeZone: 'Europe/Berlin', ...options })(text);
}

/** What stands after the head. */
const facts = (line: object) => shown(line).replace('[08:04:03.338] WARN: said ', '').trimEnd();

it('says a change of state: whom it is about and what went wrong first, then the rest as it comes', () => {
  const change = {
    actor: 'engine/orders',
    from: 'running',
    to: 'backoff',
    event: 'xstate.error.actor.run',
    at: time,
    durationMs: 812,
    run: 'orders.mw.1',
    failure: { class: 'recoverable', code: 'HTTP_503', message: 'the service answered 503', service: 'shop' },
    next: '2026-11-23T07:34:00.576Z',
    msg: 'state.changed',
  };
  expect(shown(change)).toBe(
    '[08:04:03.338] WARN: state.changed actor=engine/orders failure="the service answered 503" from=running to=backoff duration=812ms run=orders.mw.1 next=08:34\n',
  );
});

it.each([
  [{ text: 'one' }, 'text=one'],
  [{ text: 'two words' }, 'text="two words"'],
  [{ text: 'it says "no"' }, String.raw`text="it says \"no\""`],
  [{ text: '' }, 'text=""'],
  [{ text: 'a=b' }, 'text="a=b"'],
  [{ text: 'two\nlines' }, String.raw`text="two\nlines"`],
  [{ 'a name': 1 }, '"a name"=1'],
  [{ none: null, no: false, count: 1_200 }, 'no=false count=1200'],
  [{ delayMs: 90_000, ms: 5 }, 'delay=1m30s ms=5'],
  [{ delayMs: 'long' }, 'delayMs=long'],
  [{ startedAt: time - 60_000 }, 'startedAt=08:03:03'],
  [{ startedAt: time - 86_400_000 }, 'startedAt="2026-11-22 08:04:03"'],
  [{ repeat: 7, repeatAt: 7, at: 'here' }, 'repeat=7 repeatAt=7 at=here'],
  [{ reason: 'shut until 2026-11-23T08:00:00.000Z' }, 'reason="shut until 09:00"'],
  [{ when: '2026-13-40T08:00:00.000Z' }, 'when=2026-13-40T08:00:00.000Z'],
  [{ steps: { fetch: 120, 'read a': 3_400 } }, 'steps="fetch 120ms, read a 3.4s"'],
  [{ services: ['shop'], served: { llm: ['groq', 'ollama'] } }, 'services=shop served="llm (groq, ollama)"'],
  [{ job: { tookMs: 1_000, of: { n: 1 } } }, 'job="took 1s, of (n 1)"'],
])('says %j as %s', (line, text) => {
  expect(facts(line)).toBe(text);
});

const err = {
  type: 'TypeError',
  message: 'fetch failed',
  stack: 'TypeError: fetch failed\n    at one',
  cause: { type: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED', stack: 'Error: …\n    at two' },
};

it('says of an error its message, with those of its causes, and the rest beneath where it is asked for', () => {
  expect(facts({ err })).toBe('err="fetch failed: connect ECONNREFUSED"');
  expect(shown({ err }, { hasStacks: true }).split('\n').slice(1)).toEqual([
    '    type=TypeError',
    '    TypeError: fetch failed',
    '        at one',
    '    because of connect ECONNREFUSED',
    '      type=Error code=ECONNREFUSED',
    '      Error: …',
    '          at two',
    '',
  ]);
});

it('says the causes of a failure as well', () => {
  const failure = { class: 'bug', code: 'E', message: 'no', causes: [{ code: 'F', message: 'deeper' }] };
  expect(shown({ failure }, { hasStacks: true }).split('\n').slice(1, -1)).toEqual([
    '    class=bug code=E',
    '    because of deeper',
    '      code=F',
  ]);
});

it('names the day of a line that is not of today, where today is', () => {
  // In Berlin it is the same day, and in New York the one before.
  const now = () => Date.parse('2026-11-22T23:30:00Z');
  expect(shown({}, { now })).toBe('[08:04:03.338] WARN: said\n');
  expect(shown({}, { now, timeZone: 'America/New_York' })).toBe('[2026-11-23 02:04:03.338] WARN: said\n');
});

it('cuts what is wider than the terminal, colours not counted, and between characters', () => {
  const line = { text: '😀'.repeat(50) };
  for (const width of [1, 30, 36, 37, 38]) {
    const [plain, coloured] = [false, true].map((colours) => shown(line, { colours, width: () => width }).trimEnd());
    expect(plain).toMatch(/^[^\n]*…$/);
    expect(plain?.length).toBeLessThanOrEqual(width);
    expect(plain).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
    expect(stripVTControlCharacters(coloured ?? '')).toBe(plain);
  }
  expect(shown({ text: 'x'.repeat(500) })).toContain(`text=${'x'.repeat(500)}\n`);
  expect(shown({ text: 'fits' }, { width: () => '[08:04:03.338] WARN: said text=fits'.length })).toContain(
    'text=fits\n',
  );
});

it('leaves what is no JSON object, but for what could repaint the screen', () => {
  expect(shown('Killed\u001b[2J')).toBe('Killed [2J\n');
  expect(shown('[1, 2]')).toBe('[1, 2]\n');
});

it('shows a head that is none among the facts', () => {
  expect(shown('{"level":"high","time":"noon","msg":5}')).toBe('level=high time=noon msg=5\n');
});
