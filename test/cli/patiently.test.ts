import { expect, it, vi } from 'vitest';
import { patiently } from '../../src/cli/patiently.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

it('says after ten seconds that a config is still being loaded, and nothing of one that is there by then', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const clock = new VirtualClock();
  const after = clock.after.bind(clock);
  try {
    expect(await patiently('fast.ts', Promise.resolve('fast'), after)).toBe('fast');
    const { promise, resolve } = Promise.withResolvers<string>();
    const slow = patiently('slow.ts', promise, after);
    await clock.advance(9_000);
    expect(said).not.toHaveBeenCalled();
    await clock.advance(1_000);
    expect(said.mock.calls).toEqual([[expect.stringMatching(/^slow\.ts: is still being loaded\./)]]);
    resolve('slow');
    expect(await slow).toBe('slow');
  } finally {
    said.mockRestore();
  }
});
