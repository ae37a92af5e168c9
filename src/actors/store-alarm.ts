/**
 * The store's own trouble: an incident of it could not be written down, so channels are told from memory. Once when it
 * begins, once when it is over, as far as the channels can be reached: see docs/decisions/0008.
 */
import type { Clock } from '../clock.ts';
import type { ChannelConfig } from '../config/config.ts';
import { type Alert, alertText } from '../policies/alert-text.ts';
import type { Stream } from '../stream.ts';
import { deliver } from './effects/alert-channels.ts';

export interface AlarmPorts {
  clock: Clock;
  channels: () => Iterable<ChannelConfig>;
  /** Hears why a channel could not be told. */
  unsent: (channel: string, error: unknown) => void;
}

const patienceMs = 20_000;

/** Tells of the store's troubles from now on. Returns a function that ends it. */
export function alarmOfStore(stream: Stream, ports: AlarmPorts): () => void {
  let since: number | undefined;
  let what = '';
  const tell = (kind: 'opened' | 'resolved', since: number) => {
    const trouble = {
      severity: 'now',
      title: 'the store takes no writes',
      what,
      tried: 'It is tried again and again; nothing new begins meanwhile, and nothing is lost.',
      todo: 'see to the disk of the data folder; everything goes on by itself then',
    } as const;
    const alert: Alert = { kind, cause: 'store', trouble, since, waiting: [] };
    for (const channel of ports.channels()) void send(channel, alert, ports);
  };
  return stream.inspect({
    storeFailing(error) {
      if (since !== undefined) return;
      what = error.message;
      since = ports.clock.now();
      tell('opened', since);
    },
    storeRecovered() {
      if (since === undefined) return;
      tell('resolved', since);
      since = undefined;
    },
  });
}

async function send(channel: ChannelConfig, alert: Alert, { clock, unsent }: AlarmPorts): Promise<void> {
  const over = new AbortController();
  const cancel = clock.after(patienceMs, () => over.abort(new Error(`no answer within ${patienceMs / 1_000} s`)));
  const at = clock.now();
  const call = { service: channel.name, signal: over.signal, idempotencyKey: `store-${alert.kind}-${alert.since}` };
  try {
    await deliver(channel, { ...alert, ...alertText(alert, at) }, call, at);
  } catch (error) {
    unsent(channel.name, error);
  } finally {
    cancel();
  }
}
