/**
 * The four files that show a machine: for Stately, for programs, for GitHub and for anybody's eyes.
 */
import type { AnyStateMachine } from 'xstate';
import { breakerMachine } from '../machines/breaker.ts';
import { engineMachine } from '../machines/engine.ts';
import { heartbeatMachine } from '../machines/heartbeat.ts';
import { incidentMachine } from '../machines/incident.ts';
import { quotaMachine } from '../machines/quota.ts';
import { supervisorMachine } from '../machines/supervisor.ts';
import { tokenMachine } from '../machines/token.ts';
import { chartOf } from './chart.ts';
import { definitionOf } from './definition.ts';
import { mermaidOf } from './mermaid.ts';
import { statelySourceOf } from './stately-source.ts';
import { type PictureOptions, svgOf } from './svg.ts';

/** Every machine there is, by the name of its file in `src/machines`. */
export const machines: Readonly<Record<string, AnyStateMachine>> = {
  breaker: breakerMachine,
  engine: engineMachine,
  heartbeat: heartbeatMachine,
  incident: incidentMachine,
  quota: quotaMachine,
  supervisor: supervisorMachine,
  token: tokenMachine,
};

/** The files that show a machine, their texts by their names. The same machine gives the same texts. */
export async function visualizationOf(
  name: string,
  machine: AnyStateMachine,
  picture: PictureOptions = {},
): Promise<Record<string, string>> {
  const chart = chartOf(machine);
  const about = `${name in machines ? `The ${chart.id} of nightshift` : `The engine ${chart.id} of a config`}, for Stately's importer. Made by nightshift diagrams.`;
  return {
    [`${name}.js`]: statelySourceOf(chart, about),
    [`${name}.json`]: `${JSON.stringify(definitionOf(machine), null, 2)}\n`,
    [`${name}.mmd`]: mermaidOf(chart, picture.notes),
    [`${name}.svg`]: await svgOf(chart, picture),
  };
}
