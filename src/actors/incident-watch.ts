/**
 * Watches all actors for troubles, and keeps the incident of each cause as it has to be.
 *
 * It goes by how things stand, not by what has happened: an incident that a crash kept from being opened or resolved is put
 * right at the next start. Nothing depends on its being told of every change, and one change costs as much beside ten
 * thousand engines as beside one.
 */
import type { Json } from '../json.ts';
import type { IncidentContext } from '../machines/incident.ts';
import type { AlertSettings } from '../policies/settings.ts';
import { type Finding, type Trouble, troubleOf } from '../policies/trouble.ts';
import type { Address } from '../stream.ts';
import type { Host } from './host.ts';

interface Cause {
  /** Who is the cause. */
  own: Map<Address, Trouble>;
  /** Who waits for it; with the trouble, where that has no actor of its own. */
  waiting: Map<Address, Trouble | undefined>;
}

export class IncidentWatch {
  readonly #host: Host;
  readonly #settings: AlertSettings;
  readonly #causes = new Map<string, Cause>();
  readonly #causeOf = new Map<Address, string>();
  /** Causes whose incident has to be looked at. */
  readonly #dirty = new Set<string>();
  #end = () => {};
  #isTelling = false;
  #stopped = false;

  constructor(host: Host, settings: AlertSettings) {
    this.#host = host;
    this.#settings = settings;
  }

  /**
   * Begins to watch.
   *
   * @param recorded addresses of incidents that have a record
   */
  async start(recorded: readonly Address[]): Promise<void> {
    await this.#host.ensure(recorded.map((address) => this.#wanted(address)));
    const look = (address: Address) => this.#look(address);
    this.#end = this.#host.inspect({
      transition: ({ address }) => look(address),
      crashed: ({ address, halted }) => halted && look(address),
      reset: look,
    });
    for (const address of this.#host.addresses()) this.#note(address);
    for (const cause of [...this.#causes.keys(), ...recorded.map(causeIn)]) this.#dirty.add(cause);
    await this.#tell();
  }

  stop(): void {
    this.#stopped = true;
    this.#end();
  }

  /** The engines that wait for a cause at present, by name. */
  waiting(cause: string): string[] {
    const addresses = [...(this.#causes.get(cause)?.waiting.keys() ?? [])];
    return addresses.map((address) => address.slice(address.indexOf('/') + 1)).sort();
  }

  #look(address: Address): void {
    // What keeps an engine from its work is why its heartbeat is missing: one trouble, not two.
    if (address.startsWith('engine/')) this.#look(address.replace('engine/', 'heartbeat/') as Address);
    const before = this.#causeOf.get(address);
    const after = this.#note(address);
    if (before === undefined && after === undefined) return;
    for (const cause of [before, after]) if (cause !== undefined) this.#dirty.add(cause);
    void this.#tell();
  }

  /** Takes down what is wrong with the actor. @returns the cause, if there is one */
  #note(address: Address): string | undefined {
    if (address.startsWith('incident/')) return undefined;
    const finding = this.#findingOf(address);
    this.#forget(address);
    if (!finding) return undefined;
    this.#remember(address, finding);
    return finding.cause;
  }

  #findingOf(address: Address): Finding | null {
    if (!this.#exists(address)) return null;
    const { stand, halted } = this.#host.standOf(address);
    const finding = troubleOf(address, stand, halted?.reason ?? null);
    if (!finding || !address.startsWith('heartbeat/')) return finding;
    const why = this.#findingOf(address.replace('heartbeat/', 'engine/') as Address);
    return why ? null : finding;
  }

  #exists(address: Address): boolean {
    try {
      this.#host.standOf(address);
      return true;
    } catch {
      return false;
    }
  }

  #forget(address: Address): void {
    const name = this.#causeOf.get(address);
    if (name === undefined) return;
    this.#causeOf.delete(address);
    const cause = this.#causes.get(name);
    cause?.own.delete(address);
    cause?.waiting.delete(address);
    if (cause?.own.size === 0 && cause.waiting.size === 0) this.#causes.delete(name);
  }

  #remember(address: Address, finding: Finding): void {
    const cause = this.#causes.get(finding.cause) ?? { own: new Map(), waiting: new Map() };
    this.#causes.set(finding.cause, cause);
    this.#causeOf.set(address, finding.cause);
    if ('waits' in finding) cause.waiting.set(address, finding.trouble);
    else cause.own.set(address, finding.trouble);
  }

  /** Makes the incidents what they have to be, one after the other. */
  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (const cause of this.#dirty) {
      this.#dirty.delete(cause);
      // What does not get through, because the service stops, is put right at the next start.
      await this.#settle(cause).catch(() => {});
    }
    this.#isTelling = false;
  }

  async #settle(cause: string): Promise<void> {
    const trouble = this.#troubleOf(cause);
    const address: Address = `incident/${cause}`;
    const exists = this.#exists(address);
    if (this.#stopped || (!exists && !trouble)) return;
    if (!exists) await this.#host.ensure([this.#wanted(address)]);
    const incident = this.#host.read(address);
    const isOpen = incident.hasTag('open' as never);
    if (!trouble) {
      if (isOpen) await this.#host.ask(address, { type: 'incident.resolved' });
      return;
    }
    const known = JSON.stringify((incident.context as unknown as IncidentContext).trouble);
    if (isOpen && known === JSON.stringify(trouble)) return;
    await this.#host.ask(address, { type: isOpen ? 'incident.updated' : 'incident.opened', trouble } as never);
  }

  /** That of the cause itself; or, when it has none of its own, that of somebody who is held up by it. */
  #troubleOf(name: string): Trouble | undefined {
    const cause = this.#causes.get(name);
    const [own] = cause?.own.values() ?? [];
    const shared = [...(cause?.waiting.values() ?? [])].find((trouble) => trouble !== undefined);
    return own ?? shared;
  }

  #wanted(address: Address) {
    return { address, settings: this.#settings as unknown as { [key: string]: Json }, importance: 40 };
  }
}

function causeIn(address: Address): string {
  return address.slice(address.indexOf('/') + 1);
}
