import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { systemRefusal } from '../../src/cli/system-refusal.ts';

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

it('tells what the system refuses in a sentence, with the file that it is about', () => {
  const cause = thrownBy(() => readdirSync('/nowhere/at/all'));
  expect(systemRefusal(cause)).toMatchObject({
    code: 'SYSTEM_REFUSED',
    message:
      '/nowhere/at/all: found that the system refuses it (scandir: ENOENT), expected it done. Mend that, or name another place.',
    cause,
  });
});

it.each([
  ['EACCES', 'Run this as the user whom it belongs to, or name another place.'],
  ['ENOSPC', 'Make room there, or name another place.'],
  ['EROFS', 'It can only be read: name another place.'],
])('says what to do after %s', (code, todo) => {
  const error = Object.assign(new Error(code), { code, syscall: 'open', path: '/x' });
  expect(systemRefusal(error)?.message).toContain(todo);
});

it.each([
  ['a bug', thrownBy(() => (undefined as unknown as string).length)],
  ['a wrong argument, of which Node has a code', thrownBy(() => readFileSync({} as never))],
  ['no error at all', 'text'],
  ['nothing', undefined],
])('leaves %s as it is', (_, error) => {
  expect(systemRefusal(error)).toBeUndefined();
});
