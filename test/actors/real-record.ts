/**
 * The record of an engine that has just been made: one that a start takes.
 */
import { actorCharts } from '../../src/actors/actor-charts.ts';
import { durable } from '../../src/actors/durable.ts';
import { LiveActor } from '../../src/actors/live-actor.ts';
import type { Address } from '../../src/stream.ts';
import { engineModels } from '../machines/models.ts';

export function realRecord(address: Address = 'engine/a'): string {
  const { settings } = Object.values(engineModels)[0] ?? {};
  const kind = { ...actorCharts.engine, effects: {} };
  const input = { id: address.slice('engine/'.length), settings, at: 5_000, chance: 0.5 };
  return new LiveActor(
    address,
    kind,
    durable(kind.machine, () => {}),
    { input: input as never },
  ).encode();
}
