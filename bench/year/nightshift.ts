/**
 * The jobs of the comparison on Nightshift, as its documentation would have them written.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { engine } from '../../src/config/define.ts';
import type { ConfigDefinition } from '../../src/config/definition.ts';
import { cronOf, definition, type Job, jobs, requestOf } from './jobs.ts';
import { retry } from './retry.ts';

/** Each due time gets a run of its own, however late. */
export function nightshiftJobs(): ConfigDefinition {
  return definition(jobs.map(engineOf));
}

function engineOf(job: Job) {
  return engine(job.name, {
    schedule: cronOf(job),
    catchUp: 'all',
    retry: { base: retry.baseMs, cap: retry.capMs, tries: retry.tries },
    async run({ step, service, dueAt, signal }) {
      for (const part of job.parts) {
        await step(part.name, async () => {
          await sleep(part.worksMs, undefined, { signal });
          const { path, body } = requestOf(job, part, dueAt);
          const answer = await service(part.service).fetch(path, { method: 'POST', body });
          const text = await answer.text();
          // Ended well, having done nothing: as good as no answer.
          if (text === '') throw Object.assign(new Error(`${part.service} answered nothing`), { status: 502 });
          return null;
        });
      }
      return job.parts.length;
    },
  });
}
