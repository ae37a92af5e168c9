import { lchownSync } from 'node:fs';
import { vi } from 'vitest';

/** From here on, what stands there is another user's. Only root can give it away; for whoever is not root, everything of theirs is a stranger's. */
export function giveAway(path: string): void {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0) lchownSync(path, 65_534, 65_534);
  else vi.spyOn(process, 'geteuid').mockReturnValue(uid + 1);
}
