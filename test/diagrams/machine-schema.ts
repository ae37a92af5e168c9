/**
 * What XState's published machine schema asks of a machine in JSON, as far as our machines have it: no history, no parallel states.
 *
 * @see XState, `packages/core/src/machine.schema.json`
 */
import { z } from 'zod';

const action = z.looseObject({ type: z.string() });

const transition = z.looseObject({
  actions: z.array(action),
  cond: z.looseObject({}).optional(),
  eventType: z.string(),
  source: z.string(),
  target: z.array(z.string()),
});

const initial = z.looseObject({
  actions: z.array(action),
  source: z.string(),
  target: z.array(z.string()).min(1),
});

const base = {
  id: z.string(),
  key: z.string(),
  order: z.int().optional(),
  description: z.string().optional(),
  entry: z.array(action).optional(),
  exit: z.array(action).optional(),
  invoke: z.array(z.strictObject({ type: z.string(), id: z.string(), src: z.string() })).optional(),
};

const on = z.record(z.string(), z.array(transition));

const state = z.discriminatedUnion('type', [
  z.looseObject({ ...base, type: z.literal('atomic'), on }),
  z.looseObject({
    ...base,
    type: z.literal('compound'),
    initial: initial.optional(),
    on: on.optional(),
    get states() {
      return states;
    },
  }),
  z.looseObject({ ...base, type: z.literal('final') }),
]);

const states: z.ZodType = z.lazy(() => z.record(z.string(), state));

export const machineSchema = z.looseObject({
  ...base,
  type: z.literal('compound'),
  initial,
  on: on.optional(),
  context: z.looseObject({}).optional(),
  version: z.string().optional(),
  states,
});
