/**
 * What the inspector draws for each actor: its machine; for an engine, the diagram of that very engine, with its steps within
 * `running`, of which the one that its run is at is lit.
 */
import type { EngineConfig } from '../config/config.ts';
import { chartOf } from '../diagrams/chart.ts';
import { engineDiagram, stepsOf } from '../diagrams/engine-diagram.ts';
import { presentStep } from '../diagrams/present-step.ts';
import { configOf } from '../diagrams/stately-source.ts';
import { machines } from '../diagrams/visualization.ts';
import type { EngineContext } from '../policies/engine.ts';

export interface ShownChart {
  /** What `createMachine` takes, as JSON; undefined for an actor without a machine that is known. */
  definition: string | undefined;
  /** The state value in that chart, of an actor with the value and the context. */
  shownValue(value: unknown, context: unknown): unknown;
}

/** The chart of the actor at an address. Each is made when it is asked for first. */
export function shownCharts(engines: ReadonlyMap<string, EngineConfig>): (address: string) => ShownChart {
  const made = new Map<string, ShownChart>();
  return (address) => {
    const [kind = '', id = ''] = address.split('/');
    const engine = kind === 'engine' ? engines.get(id) : undefined;
    const key = engine ? address : kind;
    const chart = made.get(key) ?? (engine ? engineChart(engine) : machineChart(kind));
    made.set(key, chart);
    return chart;
  };
}

function machineChart(kind: string): ShownChart {
  const machine = machines[kind];
  return { definition: machine && JSON.stringify(configOf(chartOf(machine))), shownValue: (value) => value };
}

function engineChart(engine: EngineConfig): ShownChart {
  const steps = stepsOf(engine);
  return {
    definition: JSON.stringify(engineDiagram(engine).config),
    shownValue(value, context) {
      const { run } = context as EngineContext;
      const step = value === 'running' && run ? presentStep(steps, run) : undefined;
      return step ? { running: step.key } : value;
    },
  };
}
