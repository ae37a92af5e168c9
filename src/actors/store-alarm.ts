/**
 * The store's own trouble: an incident of it could not be written down, so channels are told from memory. Once when it has
 * lasted for a moment, once when it has been over for a moment, each channel that was told: see docs/decisions/0008.
 */
import type { Cancel, Clock } from '../clock.ts';
import type { ChannelConfig } from '../config/config.ts';
import { type Alert, alertText } from '../policies/alert-text.ts';
import type { Stream } from '../stream.ts';
import { deliver } from './effects/alert-channels.ts';

export interface AlarmPorts {
  clock: Clock;
  /** In which people are told times. */
  timeZone: string;
  channels: () => Iterable<ChannelConfig>;
  /** Hears why a channel could not be told. */
  unsent: (channel: string, error: unknown) => void;
}

/** A store that somebody holds for a moment is no trouble. */
const momentMs = 5_000;
/** One that takes writes and refuses them in turn is one trouble. */
const calmMs = 10_000;
const timeoutMs = 20_000;
const againMs = 30_000;
/** For each channel and each of the two messages. */
const triesMax = 10;

/** Tells of the store's troubles from now on. Returns a function that ends it. */
export function alarmOfStore(stream: Stream, ports: AlarmPorts): () => void {
  const { clock } = ports;
  let present: StoreTrouble | undefined;
  let calm: Cancel = () => {};
  const end = stream.inspect({
    // It is told on every try, every 30 s in the end: each is a try for the channels that do not know yet.
    storeFailing(error) {
      calm();
      present ??= new StoreTrouble(clock.now(), ports);
      present.failing(error.message);
    },
    storeRecovered() {
      calm();
      calm = clock.after(calmMs, () => {
        present?.over();
        present = undefined;
      });
    },
  });
  return () => {
    calm();
    end();
  };
}

/** One time that the store took no writes. */
class StoreTrouble {
  readonly #since: number;
  readonly #ports: AlarmPorts;
  readonly #told = new Set<ChannelConfig>();
  readonly #underWay = new Set<ChannelConfig>();
  readonly #tries = new Map<ChannelConfig, number>();

  constructor(since: number, ports: AlarmPorts) {
    this.#since = since;
    this.#ports = ports;
  }

  failing(what: string): void {
    const { clock, channels } = this.#ports;
    if (clock.now() - this.#since < momentMs) return;
    for (const channel of channels()) {
      if (this.#told.has(channel) || this.#underWay.has(channel)) continue;
      void this.#send(channel, 'opened', what).then((isSent) => isSent && this.#told.add(channel));
    }
  }

  over(): void {
    this.#tries.clear();
    for (const channel of this.#told) void this.#tellOver(channel);
  }

  async #tellOver(channel: ChannelConfig): Promise<void> {
    if (await this.#send(channel, 'resolved', '')) return;
    if ((this.#tries.get(channel) ?? 0) < triesMax)
      this.#ports.clock.after(againMs, () => void this.#tellOver(channel));
  }

  /** @returns whether the channel has taken it */
  async #send(channel: ChannelConfig, kind: 'opened' | 'resolved', what: string): Promise<boolean> {
    const { clock, timeZone, unsent } = this.#ports;
    const tries = (this.#tries.get(channel) ?? 0) + 1;
    if (tries > triesMax) return false;
    this.#tries.set(channel, tries);
    const over = new AbortController();
    const cancel = clock.after(timeoutMs, () => over.abort(new Error(`no answer within ${timeoutMs / 1_000} s`)));
    const call = { service: channel.name, signal: over.signal, idempotencyKey: `store-${kind}-${this.#since}` };
    const at = clock.now();
    const alert = this.#alert(kind, what);
    this.#underWay.add(channel);
    try {
      await deliver(channel, { ...alert, ...alertText(alert, at, timeZone) }, call, at);
      return true;
    } catch (error) {
      unsent(channel.name, error);
      return false;
    } finally {
      cancel();
      this.#underWay.delete(channel);
    }
  }

  #alert(kind: 'opened' | 'resolved', what: string): Alert {
    const trouble = {
      severity: 'now',
      title: 'the store takes no writes',
      what,
      tried: 'It is tried again and again; nothing new begins meanwhile, and nothing is lost.',
      todo: 'see to the disk of the data folder; everything goes on by itself then',
    } as const;
    return { kind, cause: 'store', trouble, since: this.#since, waiting: [] };
  }
}
