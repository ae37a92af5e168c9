/**
 * The end of an engine's log, as it goes over HTTP.
 */

export interface LogAnswer {
  /** Epoch ms. */
  at: number;
  /** As they are written, the oldest first. */
  lines: LogLine[];
  /** There is nothing before them. */
  isComplete: boolean;
  /** Lines go to files: else there is nothing to show. */
  isKept: boolean;
}

/** With whatever facts it has. */
export interface LogLine {
  /** pino's number: 30 is info. */
  level: number;
  /** Epoch ms. */
  time: number;
  msg?: string;
  [fact: string]: unknown;
}
