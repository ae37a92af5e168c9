import { NightshiftError } from '../errors.ts';

/** The command was used wrongly: exit code 2. */
export class UsageError extends NightshiftError {
  constructor(message: string) {
    super('USAGE', message);
  }
}
