/**
 * What a check-up finds: one line a person can act on.
 */

export type Severity = 'ok' | 'warning' | 'problem';

export interface Finding {
  /** What was looked at, as in `store`. */
  check: string;
  /** `problem`: something does not work, or will be lost. `warning`: it works, and somebody should know. */
  severity: Severity;
  /** What was found and, where it is not as it should be, what was expected. */
  what: string;
  /** The command that mends it, or where there is none, what a person must do; absent when nothing is to be done. */
  fix?: string;
}

/** The three kinds of finding of one check, so that it need not repeat its name. */
export interface Findings {
  ok(what: string): Finding;
  warning(what: string, fix: string): Finding;
  problem(what: string, fix: string): Finding;
}

export function findings(check: string): Findings {
  const of =
    (severity: Severity) =>
    (what: string, fix?: string): Finding => ({ check, severity, what, ...(fix !== undefined && { fix }) });
  return { ok: of('ok'), warning: of('warning'), problem: of('problem') };
}
