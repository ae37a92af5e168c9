import { expect, it } from 'vitest';
import { html } from '../../src/page/html.ts';

it('makes each element anew, also one in which nothing ever changes', () => {
  const make = (text: string) => html`<p>${text}<b>the same</b></p>` as unknown as { props: { children: unknown[] } };
  const [[, first], [, second]] = [make('one').props.children, make('two').props.children] as [unknown[], unknown[]];
  expect(first).toMatchObject({ type: 'b', props: { children: 'the same' } });
  expect(second).not.toBe(first);
});
