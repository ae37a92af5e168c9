/**
 * Ids for jobs that never had one: readable, each only once, and the same for the same table.
 *
 * A job goes by its program: `/usr/bin/python3 /opt/import.py --all` is `import`. Where several would go by one name, their
 * arguments come in, and where that does not tell them apart either, a few letters of a hash of the whole line. An id
 * changes only when its own line does, or when another line comes that would have had the same.
 */
import { createHash } from 'node:crypto';
import { builtInIds } from '../config/references.ts';
import type { FoundJob, NamedJob } from './found-job.ts';
import { firstCommand, layers, programName } from './program-words.ts';

const lengthMax = 60;
const wordsMax = 4;
const endings = /\.(?:sh|bash|py|pl|rb|js|mjs|cjs|ts|php|R|jar|exe)$/i;
const subcommand = /^[a-z][a-z\d:_-]{1,20}$/;

/** Ids that would suit a line of the shell, the shortest first. */
export function namesOfLine(line: string): string[] {
  const [program = 'job', ...args] = layers(firstCommand(line)).at(-1) ?? [];
  const script = programName(program);
  const plain = args.filter((arg) => !arg.startsWith('-'));
  const hasSubcommand = !endings.test(script) && subcommand.test(plain[0] ?? '');
  const short = joined(script.replace(endings, ''), plain).slice(hasSubcommand ? 1 : 0);
  const whole = joined(script.replace(endings, ''), args).slice(1);
  const suiting = [...short, ...whole].filter((name) => !/^\.{0,2}$/.test(name));
  return suiting.length > 0 ? suiting : ['job'];
}

/** A name of the first word, of the first two, and so on. */
function joined(first: string, others: readonly string[]): string[] {
  const parts = [first, ...others].slice(0, wordsMax).map(idPart).filter(Boolean);
  return parts.map((_, n) =>
    parts
      .slice(0, n + 1)
      .join('-')
      .slice(0, lengthMax)
      .replace(/[-.]+$/, ''),
  );
}

function idPart(word: string): string {
  return (
    word
      // What stands behind may be a key.
      .replace(/[?#=].*$/s, '')
      .replace(/^.*\/(?=[^/])/s, '')
      .toLowerCase()
      .replaceAll(/[^a-z\d._]+/g, '-')
      .replaceAll(/^[-.]+|[-.]+$/g, '')
  );
}

/** Gives each job an id of its own. */
export function named(jobs: readonly FoundJob[]): NamedJob[] {
  const taken = new Set<string>(builtInIds);
  const groups = Map.groupBy(jobs, ({ names }) => names[0] ?? 'job').values();
  // Who is alone with its name has it, whatever the others are called then.
  const ids = new Map<FoundJob, string>();
  for (const group of [...groups].sort((one, other) => one.length - other.length)) nameApart(group, taken, ids);
  return jobs.map((job) => ({ ...job, id: ids.get(job) ?? 'job' }));
}

/** Names jobs whose shortest names are one: each by the first of its names that is nobody else's. */
function nameApart(group: readonly FoundJob[], taken: Set<string>, ids: Map<FoundJob, string>): void {
  const levels = Math.max(...group.map(({ names }) => names.length));
  let rest = group;
  for (let level = 0; level < levels; level++) {
    const at = (job: FoundJob) => job.names[level] ?? '';
    const counts = Map.groupBy(rest, at);
    const apart = rest.filter((job) => at(job) !== '' && !taken.has(at(job)) && counts.get(at(job))?.length === 1);
    for (const job of apart) ids.set(job, at(job));
    for (const job of apart) taken.add(at(job));
    rest = rest.filter((job) => !ids.has(job));
  }
  for (const job of rest) {
    const id = untaken(job, group.length === 1 ? 'job' : hashOf(job.source), taken);
    ids.set(job, id);
    taken.add(id);
  }
}

/** One and the same line twice is two jobs. */
function untaken({ names }: FoundJob, suffix: string, taken: ReadonlySet<string>): string {
  const id = `${names.at(-1) ?? 'job'}-${suffix}`;
  let own = id;
  for (let n = 2; taken.has(own); n++) own = `${id}-${n}`;
  return own;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 4);
}
