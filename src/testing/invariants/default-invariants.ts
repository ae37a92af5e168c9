/**
 * The invariants that hold in every world unless it is told otherwise.
 */
import { alertsOfChanges } from './alerts-of-changes.ts';
import { breakerPermits } from './breaker-permits.ts';
import { causeOnDisk } from './cause-on-disk.ts';
import { heals } from './heals.ts';
import type { Invariant } from './invariant.ts';
import { limitsKept } from './limits-kept.ts';
import { oneOwner } from './one-owner.ts';
import { peopleTold } from './people-told.ts';
import { reasonToWake } from './reason-to-wake.ts';
import { restartBudget } from './restart-budget.ts';
import { settlesOnce } from './settles-once.ts';
import { stepsOnce } from './steps-once.ts';
import { tokenDiscipline } from './token-discipline.ts';
import { withinWindows } from './within-windows.ts';

/** Each says in its `claim` what holds. */
export const defaultInvariants: readonly Invariant[] = [
  settlesOnce,
  causeOnDisk,
  oneOwner,
  reasonToWake,
  breakerPermits,
  tokenDiscipline,
  limitsKept,
  restartBudget,
  alertsOfChanges,
  peopleTold,
  stepsOnce,
  withinWindows,
  heals,
];
