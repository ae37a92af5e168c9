/**
 * The public API of `nightshift/testing`: a world in which failures can be rehearsed.
 */
export type {
  CallFault,
  DiskFault,
  Fault,
  KillFault,
  Machine,
  MachineFault,
  ProgramBehaviour,
  ProgramFault,
} from './faults/fault.ts';
export { defaultInvariants } from './invariants/default-invariants.ts';
export type { Invariant, Violation, WatchedWorld, Watching, WorldEvent } from './invariants/invariant.ts';
export { type Help, helpfulPerson, type Person, type Received } from './world/alert-inbox.ts';
export { type Chaos, type Injection, injectionName, planned } from './world/chaos.ts';
export type { Habitat, Inhabitant } from './world/inhabitant.ts';
export { answer, type Exchange, type Handler, type WorldRequest } from './world/network.ts';
export { SimulationError } from './world/simulation-error.ts';
export { type Stretch, World, type WorldOptions } from './world/world.ts';
export type { ProgramModel } from './world/world-programs.ts';
