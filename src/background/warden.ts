/**
 * The warden: keeps a service alive that nobody else watches, and ends it when it has fallen silent. It is what systemd does by itself, for
 * launchd, which does not.
 *
 * It counts how often it has looked since the service was last heard of, and not how long ago that was: while the machine sleeps, or is
 * too busy for either of the two, neither looks nor words come, and nobody is ended for it.
 */
import type { Clock } from '../clock.ts';
import { backoffMs, defaultBackoff } from '../policies/backoff.ts';
import { formatDuration } from '../policies/duration.ts';
import type { WardenWord } from '../watchdog/warden.ts';

/** A service that has been started. */
export interface Ward {
  /** Calls back with each word. */
  heard(listener: (word: WardenWord) => void): void;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code; null when a signal ended it. */
  ended: Promise<number | null>;
}

export interface WardenPorts {
  clock: Clock;
  /** How long a service may be silent that is up, in milliseconds. It lets itself be heard of twice in that time. */
  silenceMs: number;
  start(): Ward;
  /** Takes a line for people. */
  say(line: string): void;
}

export interface Warden {
  /** Hands a signal on: the service ends, and the warden with it. */
  stop(signal: NodeJS.Signals): void;
  /** Resolves with the exit code once it was told to stop, and has. */
  ended: Promise<number>;
}

const looksPerSilence = 12;
/** What a start may take. */
const silencesToStart = 3;
/** Who stays up for so long has got over what it was. */
const silencesToRecover = 10;

export function watchOver({ clock, silenceMs, start, say }: WardenPorts): Warden {
  const lookEveryMs = silenceMs / looksPerSilence;
  // With a minute of silence, the waits of the unit of systemd: 10 s at first, 5 min at most.
  const waits = { ...defaultBackoff, baseMs: silenceMs / 6, capMs: 5 * silenceMs, jitter: 'none' } as const;
  let ward: Ward | undefined;
  let isTold = false;
  let wake = () => {};

  /** One service, from its start to its end. */
  const live = async () => {
    const mine = start();
    ward = mine;
    let patienceMs = silencesToStart * silenceMs;
    let silentMs = 0;
    mine.heard((word) => {
      silentMs = 0;
      patienceMs = word.warden === 'stopping' ? word.patienceMs : silenceMs;
    });
    let cancel = () => {};
    const look = () => {
      silentMs += lookEveryMs;
      if (silentMs < patienceMs) {
        cancel = clock.after(lookEveryMs, look);
        return;
      }
      say(`nothing was heard of the service for ${formatDuration(silentMs)}: it is ended`);
      mine.signal('SIGKILL');
    };
    cancel = clock.after(lookEveryMs, look);
    const code = await mine.ended;
    cancel();
    ward = undefined;
    return code;
  };

  const pause = (ms: number) =>
    new Promise<void>((over) => {
      const cancel = clock.after(ms, over);
      wake = () => {
        cancel();
        over();
      };
    });

  const keep = async () => {
    for (let failures = 1; ; failures++) {
      const since = clock.monotonic();
      const code = await live();
      if (isTold) return code ?? 1;
      // It goes on with another config.
      if (code === 0) {
        failures = 0;
        continue;
      }
      if (clock.monotonic() - since >= silencesToRecover * silenceMs) failures = 1;
      const waitMs = backoffMs(waits, failures, 0);
      say(`the service has ended (${code ?? 'by a signal'}): it starts again in ${formatDuration(waitMs)}`);
      await pause(waitMs);
      if (isTold) return code ?? 1;
    }
  };

  return {
    stop(signal) {
      isTold = true;
      ward?.signal(signal);
      wake();
    },
    ended: keep(),
  };
}
