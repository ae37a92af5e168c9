/**
 * What the inspector draws for each actor: its machine; for an engine, the diagram of that very engine, with its steps within
 * `running`, of which the one that its run is at is lit.
 */
import type { EngineConfig } from '../config/config.ts';
import { chartOf } from '../diagrams/chart.ts';
import { engineDiagram, type PlacedStep, stepsOf } from '../diagrams/engine-diagram.ts';
import { presentStep } from '../diagrams/present-step.ts';
import { configOf } from '../diagrams/stately-source.ts';
import { machines } from '../diagrams/visualization.ts';
import type { EngineContext } from '../policies/engine.ts';

export interface ShownChart {
  /** What `createMachine` takes, as JSON; undefined for an actor without a machine that is known. It is long, and made anew each time. */
  definition(): string | undefined;
  /** The state value in that chart, of an actor with the value and the context. */
  shownValue(value: unknown, context: unknown): unknown;
}

/** The chart of the actor at an address. Of an engine's only the steps are kept, which each event of a run asks for. */
export function shownCharts(engines: ReadonlyMap<string, EngineConfig>): (address: string) => ShownChart {
  const known = new WeakMap<EngineConfig, PlacedStep[]>();
  const stepsIn = (engine: EngineConfig) => {
    const steps = known.get(engine) ?? stepsOf(engine);
    known.set(engine, steps);
    return steps;
  };
  return (address) => {
    const [kind = '', id = ''] = address.split('/');
    const engine = kind === 'engine' ? engines.get(id) : undefined;
    return engine ? engineChart(engine, stepsIn) : machineChart(kind);
  };
}

function machineChart(kind: string): ShownChart {
  const machine = machines[kind];
  return { definition: () => machine && JSON.stringify(configOf(chartOf(machine))), shownValue: (value) => value };
}

function engineChart(engine: EngineConfig, stepsIn: (engine: EngineConfig) => PlacedStep[]): ShownChart {
  return {
    definition: () => JSON.stringify(engineDiagram(engine).config),
    shownValue(value, context) {
      const { run } = context as EngineContext;
      const step = value === 'running' && run ? presentStep(stepsIn(engine), run) : undefined;
      return step ? { running: step.key } : value;
    },
  };
}
