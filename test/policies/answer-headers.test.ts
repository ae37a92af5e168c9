import { expect, it } from 'vitest';
import { answerHeaders } from '../../src/policies/answer-headers.ts';

const read = (answer: unknown) => {
  const headers = answerHeaders(answer);
  return headers && Object.fromEntries(headers);
};

it.each([
  [new Response('', { headers: { 'X-One': '1' } }), { 'x-one': '1', 'content-type': 'text/plain;charset=UTF-8' }],
  [
    { status: 200, headers: { 'X-One': '1', 'set-cookie': ['a', 'b'], 'X-Two': 2, toJSON: () => ({}) } },
    { 'x-one': '1', 'x-two': '2' },
  ],
  [{ headers: {} }, {}],
])('reads those of %o', (answer, headers) => {
  expect(read(answer)).toEqual(headers);
});

it.each([null, undefined, 'text', {}, { headers: null }, { headers: 'x-one: 1' }, { headers: { 'no header': '1' } }])(
  'finds none in %o',
  (answer) => {
    expect(answerHeaders(answer)).toBeUndefined();
  },
);

it('does not throw what a getter throws', () => {
  const answer = {
    get headers() {
      throw new Error('mine');
    },
  };
  expect(answerHeaders(answer)).toBeUndefined();
});
