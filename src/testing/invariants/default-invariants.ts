import type { Invariant } from './invariant.ts';

export const defaultInvariants: readonly Invariant[] = [];
