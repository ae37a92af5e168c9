/**
 * The public API of `nightshift/testing`: a world in which failures can be rehearsed.
 */
export type {
  Aftermath,
  CallFault,
  DiskFault,
  Fault,
  KillFault,
  Machine,
  MachineFault,
  ProgramBehaviour,
  ProgramFault,
} from './faults/fault.ts';
export { allFaults, faults } from './faults/faults.ts';
export { defaultInvariants } from './invariants/default-invariants.ts';
export { healingBoundMs } from './invariants/heals.ts';
export {
  type Invariant,
  invariant,
  type RunWork,
  type StepWork,
  type Violation,
  type WatchedWorld,
  type Watching,
  type WorldEvent,
} from './invariants/invariant.ts';
export type { CoverageOptions, CoverageReport } from './paths/coverage.ts';
export { PathsError } from './paths/explore.ts';
export { type FailurePath, type FailurePaths, type FailurePathsOptions, failurePaths } from './paths/failure-paths.ts';
export type { Services } from './paths/rehearsal.ts';
export { type ShrinkOptions, shrunk } from './shrink.ts';
export type { FaultRates } from './simulate/fault-rates.ts';
export { type Preset, presets } from './simulate/presets.ts';
export { type ChaosPlace, randomChaos } from './simulate/rates.ts';
export { type FaultRatesDefinition, faultRates } from './simulate/rates-schema.ts';
export type { SimulationReport } from './simulate/report.ts';
export { type Culprits, type Simulation, type SimulationOptions, simulate } from './simulate/simulate.ts';
export { type TallyOptions, tallying } from './simulate/tally.ts';
export { type Help, helpfulPerson, type Person, type Received } from './world/alert-inbox.ts';
export { type Chaos, type Injection, injectionName, planned } from './world/chaos.ts';
export type { Habitat, Inhabitant } from './world/inhabitant.ts';
export { answer, type Exchange, type Handler, type WorldRequest } from './world/network.ts';
export { SimulationError } from './world/simulation-error.ts';
export { type Stretch, World, type WorldOptions } from './world/world.ts';
export type { ProgramModel } from './world/world-programs.ts';
