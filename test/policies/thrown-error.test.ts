import { expect, it } from 'vitest';
import { judge, outOfMemoryMessages } from '../../src/policies/thrown-error.ts';

const named = (name: string, message: string) => Object.assign(new Error(message), { name });

it.each([
  'Invalid array length',
  'Invalid typed array length: 5',
  'Invalid string length',
  'Array buffer allocation failed',
  'Map maximum size exceeded',
  'Set maximum size exceeded',
  'WebAssembly.Memory(): could not allocate memory',
])('a RangeError that says "%s" means that memory is used up', (message) => {
  expect(judge(new RangeError(message), 0)).toEqual({ class: 'fatal', code: 'OUT_OF_MEMORY' });
  expect(judge(new Error(message), 0)).toBeUndefined();
});

it('has a message for each of its patterns', () => {
  expect(outOfMemoryMessages).toHaveLength(6);
});

it.each([
  [named('TimeoutError', 'locator.click: 30000ms exceeded'), 'TIMEOUT'],
  [named('AbortError', 'stopped'), 'ABORTED'],
  [new DOMException('too slow', 'TimeoutError'), 'TIMEOUT'],
  [new DOMException('stopped', 'AbortError'), 'ABORTED'],
])('%o is known by its name', (error, code) => {
  expect(judge(error, 0)).toEqual({ class: 'recoverable', code });
});

it('judges one error and not its cause', () => {
  expect(judge(new Error('above', { cause: Object.assign(new Error(), { code: 'ENOSPC' }) }), 0)).toBeUndefined();
});
