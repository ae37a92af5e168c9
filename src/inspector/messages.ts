/**
 * Messages for Stately's inspector, in the words of its own package: that there is an actor, what it was told, where it stands.
 *
 * The actors here are no XState actors that the package could watch: the host works out transitions and commits records. So each
 * message is made by hand, and what the package leaves open for actors without an XState actor is filled in: the chart, and that
 * the supervisor is everybody's parent, without which every actor would be a system of its own in the inspector.
 */
import type { createInspector, StatelyInspectionEvent } from '@statelyai/inspect';
import type { EventObject } from 'xstate';
import type { ShownChart } from './shown-charts.ts';

/** The actor that all others are shown beneath. */
export const root = 'supervisor';

/** Where an actor stands. */
export interface Standing {
  value: unknown;
  context: unknown;
  /** Why the host gave it up; null for one in service. */
  givenUp: string | null;
}

interface MessagePorts {
  createInspector: typeof createInspector;
  chartOf: (address: string) => ShownChart;
  /** The last door: no text leaves without having passed it. */
  redact: (text: string) => string;
}

export class Messages {
  readonly #chartOf: MessagePorts['chartOf'];
  readonly #inspector: ReturnType<typeof createInspector>;
  #made = '';

  constructor({ createInspector, chartOf, redact }: MessagePorts) {
    this.#chartOf = chartOf;
    const send = (event: StatelyInspectionEvent) => {
      this.#made = redact(JSON.stringify(event, plain));
    };
    this.#inspector = createInspector({ send }, { serialize: (event) => this.#filledIn(event) });
  }

  /** There is an actor, and it stands here. */
  introduced(address: string, standing: Standing): string {
    this.#inspector.actor(address, this.#snapshotOf(address, standing));
    return this.#made;
  }

  /** It was told something. */
  told(address: string, event: EventObject): string {
    this.#inspector.event(address, event);
    return this.#made;
  }

  /** It stands here now, by an event. */
  moved(address: string, event: EventObject, standing: Standing): string {
    this.#inspector.snapshot(address, this.#snapshotOf(address, standing), { event });
    return this.#made;
  }

  #snapshotOf(address: string, { value, context, givenUp }: Standing) {
    const shown = { value: this.#chartOf(address).shownValue(value, context), context };
    return givenUp === null
      ? { status: 'active' as const, ...shown }
      : { status: 'error' as const, error: givenUp, ...shown };
  }

  #filledIn(event: StatelyInspectionEvent): StatelyInspectionEvent {
    if (event.type !== '@xstate.actor') return { ...event, rootId: root };
    const definition = this.#chartOf(event.sessionId).definition();
    return { ...event, rootId: root, definition, parentId: event.sessionId === root ? undefined : root };
  }
}

/** The supervisor's context and events may hold an error, which would be `{}`. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Error ? { name: value.name, message: value.message } : value;
}
