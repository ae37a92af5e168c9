/** A reason that may be a sentence, without its full stop: as it stands within another one. */
export function unended(reason: string): string {
  return reason.replace(/\.$/, '');
}
