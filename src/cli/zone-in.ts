/**
 * In which time zone a command tells people times.
 */
import { configZone } from './engine-past.ts';
import { stored } from './stored.ts';

/** The config's, as the store of the data folder has it; the machine's, where there is no store, or none that can be read. */
export async function zoneIn(data: string): Promise<string> {
  try {
    return await stored(data, async (reader) => configZone(reader));
  } catch {
    return Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}
