/**
 * `simulate`: the user's own config, in the simulated world, for so many days of faults.
 *
 * Loaded by those alone who simulate: the other commands do without the world.
 */
import { dirname, relative } from 'node:path';
import type { ConfigDefinition } from '../config/definition.ts';
import { loadDefinition } from '../config/load.ts';
import { resolveConfig } from '../config/resolve.ts';
import { defaultInvariants } from '../testing/invariants/default-invariants.ts';
import { reportPage } from '../testing/simulate/page/report-page.ts';
import { isSound } from '../testing/simulate/report.ts';
import { reportText } from '../testing/simulate/report-text.ts';
import { type Simulation, type SimulationOptions, simulate } from '../testing/simulate/simulate.ts';
import { StepsMet } from '../testing/simulate/steps-met.ts';
import { madeUpEnvironment } from '../testing/world/config-for-world.ts';
import { SimulationError } from '../testing/world/simulation-error.ts';
import { culpritsText, replayLine } from './culprits.ts';
import { oneLine } from './output.ts';
import { writeOutput } from './output-file.ts';
import { patiently } from './patiently.ts';
import { placeOf } from './place.ts';
import { progressOn } from './progress.ts';
import { daysOf, doublesIn, faultsOf, outOf, type SimulateOptions, seedOf } from './simulate-input.ts';
import { table } from './table.ts';
import { idleText, misspelt, refuseMisspelt } from './unused-doubles.ts';
import { UsageError } from './usage-error.ts';

/** @returns the exit code: 1 when something did not hold that must, or a run was lost */
export async function simulateCommand(options: SimulateOptions): Promise<number> {
  const place = placeOf({ ...(options.config !== undefined && { config: options.config }) });
  const days = daysOf(options.days);
  const seed = seedOf(options.seed);
  const out = options.out === undefined ? undefined : outOf(options.out);
  const config = (await patiently(place.config, loadDefinition(place.config))) as ConfigDefinition;
  // What is wrong with it is told before anything that is wrong with the rest.
  resolveConfig(config, madeUpEnvironment, dirname(place.config));
  const faults = await faultsOf(options);
  const { invariants = [], ...world } = options.world === undefined ? {} : await doublesIn(options.world, config);
  const stepsMet = new StepsMet(world.steps);
  const progress = progressOn(process.stderr, `simulating ${days === 1 ? 'a day' : `${days} days`}`, process.env);
  const strays = noteStrays();
  try {
    const searching = () => {
      progress.end();
      console.error('Something did not hold. Looking for the few faults that it takes.');
    };
    const simulation = await inWorld(
      {
        searching,
        ...world,
        ...faults,
        invariants: [...defaultInvariants, ...invariants, stepsMet.watching],
        config,
        days,
        seed,
        progress: (share) => progress.at(share),
      },
      (outside) => [outsideText(outside), ...misspelt(stepsMet.unused(), options.world)].join('\n\n'),
    );
    progress.end();
    refuseMisspelt(stepsMet.unused(), options.world);
    print(simulation, options);
    if (out !== undefined) writePage(out, simulation);
    for (const line of idleText(stepsMet.unused(), options.world)) console.error(line);
    strays.tell();
    return isSound(simulation.report) ? 0 : 1;
  } finally {
    progress.end();
    strays.end();
  }
}

/** @throws {UsageError} for a job that reaches outside: nothing else makes sense to simulate */
async function inWorld(options: SimulationOptions, textOf: (outside: SimulationError) => string): Promise<Simulation> {
  try {
    return await simulate(options);
  } catch (error) {
    if (error instanceof SimulationError) throw new UsageError(textOf(error));
    throw error;
  }
}

function outsideText({ message, place }: SimulationError): string {
  if (!place) return message;
  const { engine, step } = place;
  if (step === null) {
    return `engine '${engine}', outside of its steps: ${message}\nMove it into a step, so that something can stand in for it in a simulation.`;
  }
  const key = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
  return [
    `engine '${engine}', step '${step}': ${message}`,
    '',
    'Say what stands in for that step, in a file of your own:',
    '',
    '  // world.ts',
    '  export default {',
    `    steps: { ${key(engine)}: { ${key(step)}: () => 'what the step returns' } },`,
    '  };',
    '',
    'and name it: nightshift simulate --world world.ts',
  ].join('\n');
}

function print({ report, culprits }: Simulation, { json, config, world }: SimulateOptions): void {
  const { days, seed } = report;
  const told = { days, seed, ...(config !== undefined && { config }), ...(world !== undefined && { world }) };
  if (json) {
    const found = culprits && { ...culprits, replay: replayLine(culprits, told) };
    console.log(JSON.stringify({ ...report, culprits: found }));
    return;
  }
  console.log(reportText(report, table));
  if (culprits) console.log(`\n${culpritsText(culprits, told)}`);
}

function writePage(file: string, simulation: Simulation): void {
  try {
    writeOutput('--out', file, reportPage(simulation));
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError(`--out: found that ${file} cannot be written (${code}), expected a file of your own.`);
  }
  console.error(`${relative(process.cwd(), file)}: written`);
}

/** Promises of jobs that nobody waits for end no simulation, as they end no service; they are told of once. */
function noteStrays() {
  const messages: string[] = [];
  const note = (error: unknown) => {
    messages.push(error instanceof Error ? error.message : String(error));
  };
  process.on('unhandledRejection', note);
  return {
    tell() {
      const [first] = messages;
      if (first === undefined) return;
      const times = messages.length === 1 ? 'Once' : `${messages.length} times`;
      console.error(`${times} a promise of a job failed that nobody waited for: ${oneLine(first)}`);
    },
    end: () => process.off('unhandledRejection', note),
  };
}
