/**
 * The mutants: named ways to break the runtime, each of which an invariant or a failure path has to notice by name.
 */

/** One change to one file of `src/`. */
export interface Mutant {
  name: string;
  file: string;
  /** Stands in the file exactly once. */
  find: string;
  replace: string;
  /** Why nothing can notice it; absent for one that must be. */
  survives?: string;
}

/**
 * The file as the mutant has it.
 *
 * @param source what stands in the mutant's file
 * @throws {Error} when the text that it changes does not stand there exactly once
 */
export function mutated(source: string, { name, file, find, replace }: Mutant): string {
  const places = source.split(find).length - 1;
  if (places !== 1)
    throw new Error(`${name}: found its text ${places} times in src/${file}, expected once. Bring it up to date.`);
  return source.replace(find, () => replace);
}

export const mutants: readonly Mutant[] = [
  // What is kept, and when.
  {
    name: 'drops the timers of what comes back from its record',
    file: 'actors/live-actor.ts',
    find: "if ('snapshot' in start) this.#asleep = start.snapshot;",
    replace: "if ('snapshot' in start) this.#asleep = { ...start.snapshot, timers: {} };",
  },
  {
    name: 'does not begin again what a crash cut off',
    file: 'actors/live-actor.ts',
    find: "if ('snapshot' in start) this.#asleep = start.snapshot;",
    replace: "if ('snapshot' in start) this.#asleep = { ...start.snapshot, effects: {} };",
  },
  {
    name: 'acknowledges before the commit',
    file: 'actors/transitions.ts',
    find: 'return pending && new Promise((released) => pending.released.push(released));',
    replace: 'return pending && Promise.resolve();',
  },
  {
    name: 'begins effects before their cause is on disk',
    file: 'actors/transitions.ts',
    find: 'this.commit(actor, { address: actor.address, at,',
    replace:
      'actor.committed = snapshot;\n      this.#ports.reconcile(actor);\n      this.commit(actor, { address: actor.address, at,',
  },
  {
    name: 'tells of a batch before it is written',
    file: 'persistence/group-commit.ts',
    find: 'await this.#store.write(merged(batch));',
    replace: 'void this.#store.write(merged(batch)).catch(() => {});',
  },
  {
    name: 'forgets a batch that was refused',
    file: 'persistence/group-commit.ts',
    find: 'this.#changes = [...batch, ...this.#changes];\n        this.#failing',
    replace: 'for (const { committed } of batch) committed();\n        this.#failing',
  },
  {
    name: 'leaves the ledger out of the batch',
    file: 'actors/transitions.ts',
    find: 'for (const entry of transition?.facts ?? []) {',
    replace: 'for (const entry of (transition?.facts ?? []).slice(1)) {',
  },
  {
    name: 'takes results of an earlier start for those of the present one',
    file: 'actors/durable.ts',
    find: 'if (holder?.ticket !== ticket) return undefined;',
    replace: 'if (!holder) return undefined;',
    survives: 'the host drops what an effect says that it has told to end, before the chart could be asked',
  },
  {
    name: 'leaves running what the machine has left',
    file: 'actors/embedded-host.ts',
    find: '      this.#forget(actor, id);\n      abortEffect(actor, id, run, superseded(actor, id));\n    }\n    this.#timers.arm(actor);',
    replace: '      this.#forget(actor, id);\n    }\n    this.#timers.arm(actor);',
  },
  {
    name: 'never counts what the death of the process cut off',
    file: 'policies/restart-intensity.ts',
    find: 'return isLastTry(starts, intensity) && !hadTurn ? starts : starts + 1;',
    replace: 'return intensity && hadTurn ? starts : starts;',
  },
  // Due times and runs.
  {
    name: 'counts a skipped due time as one that ran',
    file: 'policies/run.ts',
    find: 'return [{ outcome, due: { from: due.at, to: servedDue(due, anchorAt, now) }, reason }];',
    replace:
      "return [{ outcome: outcome && 'ran', due: { from: due.at, to: servedDue(due, anchorAt, now) }, reason }];",
  },
  {
    name: 'skips without a reason',
    file: 'policies/run.ts',
    find: 'return [{ outcome, due: { from: due.at, to: servedDue(due, anchorAt, now) }, reason }];',
    replace: "return [{ outcome, due: { from: due.at, to: servedDue(due, anchorAt, now) }, reason: reason && '' }];",
  },
  {
    name: 'settles the due time of a run along with those before it',
    file: 'policies/run.ts',
    find: 'const to = due.at < served ? lastDue(due.schedule, anchorAt, due.at, served - 1) : null;',
    replace: 'const to = due.at <= served ? lastDue(due.schedule, anchorAt, due.at, served) : null;',
  },
  {
    name: 'forgets the due times that one run serves as well',
    file: 'policies/run.ts',
    find: "return to === null ? [] : [{ outcome: 'coalesced', due: { from: due.at, to }, run }];",
    replace: "return to === null || run ? [] : [{ outcome: 'coalesced', due: { from: due.at, to }, run }];",
  },
  {
    name: 'leaves out a due time after each run',
    file: 'policies/engine.ts',
    find: 'return due && due.at > at ? due : dueAfter(scheduleOf({ due, settings }), anchorAt, at);',
    replace: 'return dueAfter(scheduleOf({ due, settings }), anchorAt, (due?.at ?? 0) > at ? (due?.at ?? at) : at);',
  },
  {
    name: 'does a finished step again',
    file: 'actors/effects/steps.ts',
    find: 'if (Object.hasOwn(run.steps, name)) return run.steps[name];',
    replace: 'if (Object.hasOwn(run.steps, name) && run.attempt === 1) return run.steps[name];',
  },
  {
    name: 'does not keep the result of a step',
    file: 'machines/engine.ts',
    find: 'run: withRun(context, (run) => finished(run, event)),',
    replace: 'run: withRun(context, () => ({})),',
  },
  {
    name: 'gives each attempt a key of its own',
    file: 'actors/effects/steps.ts',
    find: 'const idempotencyKey = placeKey(run.id, name);',
    replace: 'const idempotencyKey = placeKey([run.id, run.attempt].join(), name);',
  },
  {
    name: 'gives every attempt of a run a new id',
    file: 'policies/engine.ts',
    find: '    attemptAt: at,\n    startedAt: run.startedAt ?? at,',
    replace:
      '    attemptAt: at,\n    id: run.startedAt === null ? run.id : [run.id, at].join(),\n    startedAt: run.startedAt ?? at,',
  },
  {
    name: 'tells no successor',
    file: 'actors/successors.ts',
    find: "if (last?.result !== 'success') return;",
    replace: "if (last?.result !== 'failure') return;",
  },
  // Time.
  {
    name: 'begins runs outside their window',
    file: 'policies/hold.ts',
    find: 'return run !== null && !run.atAnyTime && !isEngineOpen(settings, at);',
    replace: 'return run === null && !isEngineOpen(settings, at);',
  },
  {
    name: 'does steps outside their window',
    file: 'actors/effects/steps.ts',
    find: 'if (!hours || isOpen(hours, at)) return;',
    replace: 'if (!hours || isOpen(hours, at) || name) return;',
  },
  {
    name: 'forgets timers that ran out while nobody was there',
    file: 'actors/backlog.ts',
    find: 'if (this.#queue.length > 0) this.#cancel',
    replace: 'if (this.#queue.length > 1_000_000) this.#cancel',
  },
  {
    name: 'rings only the first of those that are due',
    file: 'actors/timers.ts',
    find: 'for (const actor of due) {',
    replace: 'for (const actor of due.slice(0, 1)) {',
  },
  // Services.
  {
    name: 'lets two probes through',
    file: 'machines/breaker.ts',
    find: "'call.started': { guard: 'isProbe', target: 'probing', reenter: true, actions: 'noteProbe' },",
    replace: "'call.started': { guard: 'isCurrent', target: 'probing', reenter: true, actions: 'noteProbe' },",
  },
  {
    name: 'calls without a permit',
    file: 'actors/effects/guarded-call.ts',
    find: "if (await scope.ask(breaker, { type: 'call.started', ...permit } as BreakerEvent)) return permit;",
    replace:
      "await scope.ask(breaker, { type: 'call.started', ...permit } as BreakerEvent);\n  if (permit) return permit;",
  },
  {
    name: 'goes on with a permit of an earlier epoch',
    file: 'actors/effects/guarded-call.ts',
    find: 'if (scope.look(breaker).context.epoch !== permit.epoch) throw',
    replace: 'if (scope.look(breaker).context.epoch < permit.epoch) throw',
  },
  {
    name: 'keeps the probe of a call that was given up',
    file: 'machines/breaker.ts',
    find: "after: { untilProbeIsLost: { target: '#breaker.open', actions: 'noteFailedProbe' } },",
    replace: "tags: 'rest',",
  },
  {
    name: 'never opens a breaker',
    file: 'policies/trip.ts',
    find: 'if (inARow >= settings.failures) return',
    replace: 'if (inARow >= settings.failures + 1e6) return',
  },
  {
    name: 'counts no call against the quota',
    file: 'machines/quota.ts',
    find: 'spent: settings.limit === null ? spent : withCall(spent, settings, at),',
    replace: 'spent: settings.limit === null ? withCall(spent, settings, at) : spent,',
  },
  {
    name: 'forgets what was spent in a crash',
    file: 'machines/quota.ts',
    find: 'take: assign(({ context, event }) => taken(context, event)),',
    replace: 'take: assign(({ context, event }) => ({ ...taken(context, event), spent: context.spent.slice(-1) })),',
  },
  {
    name: 'lets nobody go on when a breaker admits calls again',
    file: 'actors/transitions.ts',
    find: 'for (const waiter of [...waiters]) if (committed.hasTag(waiter.tag as never)) waiter.resolve(committed);',
    replace:
      "for (const waiter of [...waiters]) if (waiter.tag !== 'admitting' && committed.hasTag(waiter.tag as never)) waiter.resolve(committed);",
  },
  // Tokens.
  {
    name: 'forgets the rotated refresh token',
    file: 'actors/effects/refresh-token.ts',
    find: 'refreshToken: answer.refresh_token ?? same?.refreshToken ?? null,',
    replace: 'refreshToken: same?.refreshToken ?? null,',
  },
  {
    name: 'uses a token before it is on disk',
    file: 'actors/token-secrets.ts',
    find: '    await this.#vault.put(nameOf(name), token as unknown as Json);\n    this.#keep(name, token);',
    replace: '    this.#keep(name, token);\n    await this.#vault.put(nameOf(name), token as unknown as Json);',
  },
  {
    name: 'goes on using the token before the newest',
    file: 'actors/token-secrets.ts',
    find: '    this.#known.set(name, token);\n    if (!before) return;',
    replace: '    if (!before || token.version % 2 === 0) this.#known.set(name, token);\n    if (!before) return;',
  },
  {
    name: 'refreshes a token twice at once',
    file: 'machines/token.ts',
    find: "'token.rejected': { guard: 'isCurrent', actions: 'noteRejection' },\n      },\n    },\n    fresh: {",
    replace:
      "'token.rejected': { guard: 'isCurrent', target: 'refreshing', reenter: true, actions: 'noteRejection' },\n        'token.renew': { target: 'refreshing', reenter: true, actions: 'beginRefresh' },\n      },\n    },\n    fresh: {",
    survives: 'the request before is ended first, so that never two are in flight',
  },
  {
    name: 'sends a token that has expired',
    file: 'machines/token.ts',
    find: 'isUnexpired: ({ context, event }) => !context.rejected && instant(event) < lastUse(context),',
    replace: 'isUnexpired: ({ context }) => context.version > 0,',
    survives: 'the timer of its expiry stands behind this guard',
  },
  // People.
  {
    name: 'tells of one incident again at each try',
    file: 'machines/incident.ts',
    find: 'told: [...new Set([...context.told, channelOf(event)])],',
    replace: 'told: context.told,\n      message: context.message + 1,',
  },
  {
    name: 'reminds every minute',
    file: 'machines/incident.ts',
    find: 'return remindMs[Math.min(reminders, remindMs.length - 1)] ?? Number.NaN;',
    replace: 'return Math.min(60_000, remindMs[Math.min(reminders, remindMs.length - 1)] ?? Number.NaN);',
  },
  {
    name: 'says nothing of an engine that has stopped',
    file: 'policies/trouble.ts',
    find: "if (state === 'halted') {",
    replace: "if (state === 'halted' && context.failures === -1) {",
  },
  {
    name: 'never says that it is over',
    file: 'actors/incident-watch.ts',
    find: "if (isOpen && !isUndecided) await this.#host.ask(address, { type: 'incident.resolved' });",
    replace:
      "if (isOpen && !isUndecided && cause === '') await this.#host.ask(address, { type: 'incident.resolved' });",
  },
];
