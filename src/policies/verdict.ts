/**
 * What one error or answer means by itself, before it is seen together with its causes.
 */
import type { FailureClass, QuotaRefusal } from './failure.ts';

export interface Verdict {
  class: FailureClass;
  code: string;
  /** In words, for what brings no message of its own. */
  text?: string;
  status?: number;
  /** Whole milliseconds. */
  retryAfterMs?: number;
  quotaSpent?: QuotaRefusal;
}
