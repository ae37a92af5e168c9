/**
 * A config may wait at its top level for whatever it likes, and a service that does not come up and says nothing leaves whoever looks at it in
 * the dark.
 */
import { afterUnlessOver, type Cancel } from '../clock.ts';

const quietMs = 10_000;

/**
 * What is loaded, and meanwhile a word on stderr when that takes long.
 *
 * @param after what tells the time, for tests
 */
export async function patiently<Loaded>(
  file: string,
  loading: Promise<Loaded>,
  after: (ms: number, callback: () => void) => Cancel = afterUnlessOver,
): Promise<Loaded> {
  const cancel = after(quietMs, () =>
    console.error(
      `${file}: is still being loaded. It, or a file that it imports, waits for something at its top level (await).`,
    ),
  );
  try {
    return await loading;
  } finally {
    cancel();
  }
}
