/**
 * How far something is that takes long: a bar in a terminal, a line for each tenth anywhere else.
 */
import { takesControls, wantsColours } from '../policies/terminal.ts';

const width = 30;
const [green, plain, clearLine] = ['\u001b[32m', '\u001b[39m', '\r\u001b[K'];

export interface Progress {
  /** @param share from 0 to 1 */
  at(share: number): void;
  /** Leaves nothing behind in a terminal. */
  end(): void;
}

/** What a progress bar needs of a stream such as `process.stderr`. */
export interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

/**
 * @param what is being done, as in `simulating 7 days`
 * @param environment which says what the terminal is
 */
export function progressOn(
  stream: Terminal,
  what: string,
  environment: Readonly<Record<string, string | undefined>>,
): Progress {
  const isBar = stream.isTTY && takesControls(environment);
  return isBar ? bar(stream, what, wantsColours(environment)) : lines(stream, what);
}

function bar(stream: Terminal, what: string, isColored: boolean): Progress {
  let shown = -1;
  return {
    at(share) {
      const percent = Math.floor(share * 100);
      if (percent === shown) return;
      shown = percent;
      const done = Math.round(share * width);
      const [full, empty] = ['█'.repeat(done), '░'.repeat(width - done)];
      const drawn = isColored ? `${green}${full}${plain}${empty}` : `${full}${empty}`;
      stream.write(`${clearLine}${drawn} ${String(percent).padStart(3)} % ${what}`);
    },
    end: () => shown >= 0 && stream.write(clearLine),
  };
}

function lines(stream: Terminal, what: string): Progress {
  let told = 0;
  return {
    at(share) {
      const tenths = Math.floor(share * 10);
      if (tenths <= told) return;
      told = tenths;
      stream.write(`${what}: ${tenths * 10} %\n`);
    },
    end: () => {},
  };
}
