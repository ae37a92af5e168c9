/** What is used of pino-roll, which comes without types. */
declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events';

  export interface RollOptions {
    /** Without its number and ending. */
    file: string;
    extension: string;
    /** As in `50000000b`. */
    size: string;
    /** How many files stay, the present one included. */
    limit: { count: number; removeOtherLogFiles: boolean };
    /** Whether a line is in the file when `write` returns. */
    sync: boolean;
    /** Bytes that may wait while the file cannot be written; lines beyond are dropped. */
    maxLength: number;
    mode: number;
  }

  /** Events: `write` with the bytes written, `drop` with a line, `error`. */
  export interface RollingFile extends EventEmitter {
    write(line: string): boolean;
    end(): void;
  }

  function roll(options: RollOptions): Promise<RollingFile>;

  // biome-ignore lint/style/noDefaultExport: that is how the package has it.
  export { roll as default };
}
