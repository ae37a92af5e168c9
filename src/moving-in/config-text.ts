/**
 * The config file that an import writes: command engines, and a comment for each thing that it could not carry over.
 */
import { z } from 'zod';
import { command } from '../config/define.ts';
import type { CommandOptions } from '../config/definition.ts';
import { engineSchema } from '../config/engine-schema.ts';
import { problemsOf } from '../config/problems.ts';
import type { Constant, Found, NamedJob } from './found-job.ts';
import { commentLines, commentText, keyText, literal, objectText, quoted } from './literal.ts';

/** What is said about the config as a whole, above it. */
export interface ConfigWords {
  /** The command that wrote it, as in `nightshift import crontab`. */
  by: string;
  /** In what it is as before, and in what it is not: a line each. */
  differences: readonly string[];
}

/**
 * The jobs that a config would take; those that it would not, left out with the reason. So whatever is written can be loaded.
 */
export function loadable(jobs: readonly NamedJob[]): NamedJob[] {
  const carried = jobs.flatMap((job) => (job.options ? [job] : []));
  const mistakes = mistakesOf(carried);
  return jobs.map((job) => {
    const wrong = mistakes.get(job);
    return wrong === undefined ? job : { ...job, options: null, remarks: wrong };
  });
}

function mistakesOf(jobs: readonly NamedJob[]): Map<NamedJob, string[]> {
  const engines = jobs.map(({ id, options }) => command(id, options as CommandOptions));
  const { error } = schema().safeParse(engines, { reportInput: true });
  const mistakes = problemsOf(error?.issues ?? []).flatMap((problem) => {
    const [, index = '', path = ''] = /^(\d+)\.?(.*)$/s.exec(problem.path) ?? [];
    const job = jobs[Number(index)];
    return job ? [{ job, wrong: `${path}: found ${problem.found}, expected ${problem.expected}.` }] : [];
  });
  const byJob = Map.groupBy(mistakes, ({ job }) => job);
  return new Map([...byJob].map(([job, all]) => [job, all.map(({ wrong }) => wrong)]));
}

let made: ReturnType<typeof engineList> | undefined;

/** Made once, for that takes longer than many a use. In which zone schedules are read makes none of them wrong. */
function schema() {
  made ??= engineList();
  return made;
}

function engineList() {
  return z.array(engineSchema('UTC', {}));
}

/** @param typed whether the file is one of TypeScript */
export function configText(
  found: Omit<Found, 'jobs'>,
  jobs: readonly NamedJob[],
  words: ConfigWords,
  typed: 'ts' | 'js',
): string {
  const left = jobs.filter(({ options }) => options === null).length;
  const count = jobs.length - left;
  const carried = `${count} ${count === 1 ? 'job' : 'jobs'}${left === 0 ? '' : `; ${left} could not be carried over and ${left === 1 ? 'stands' : 'stand'} here as comments`}`;
  const used = found.constants.filter(({ name }) => (name.startsWith('as') ? count > 0 : true));
  return [
    '/**',
    ...[`Written by ${words.by}, from ${found.from}: ${carried}.`, '', ...words.differences].map((line) =>
      ` * ${inBlock(line)}`.trimEnd(),
    ),
    ' */',
    `import { command, defineConfig${readsFiles(jobs) ? ', environmentFile' : ''} } from 'nightshift';`,
    '',
    ...used.flatMap((constant, n) => [...constantLines(constant, used.slice(0, n), typed), '']),
    'export default defineConfig({',
    "  // In which schedules are read. Without it: the machine's, as before.",
    "  // timeZone: 'Europe/Berlin',",
    '',
    ...alertLines(found.mailTo),
    ...(found.remarks.length === 0 ? [] : [...found.remarks.flatMap((remark) => commentLines(remark, '  ')), '']),
    '  engines: [',
    ...jobs.flatMap((job, n) => [...(n === 0 ? [] : ['']), ...jobLines(job, used)]),
    '  ],',
    '});',
    '',
  ].join('\n');
}

function readsFiles(jobs: readonly NamedJob[]): boolean {
  return jobs.some(({ options, environmentFiles = [] }) => options !== null && environmentFiles.length > 0);
}

function inBlock(line: string): string {
  return commentText(line).replaceAll('*/', '* /');
}

function alertLines(mailTo: string | undefined): string[] {
  if (mailTo === undefined) return [];
  const channel = `mail({ host: 'localhost', port: 25, from: 'nightshift@localhost', to: ${quoted(mailTo)} })`;
  return [
    "  // To be told of failures by mail: import mail from 'nightshift' too, and",
    `  // alerts: { channels: { mail: ${channel} } },`,
    '',
  ];
}

function constantLines(
  { name, comment, value, remarks = {} }: Constant,
  before: readonly Constant[],
  typed: 'ts' | 'js',
): string[] {
  const base = before.findLast((each) => isWithin(each, value) && each.name.slice(0, 4) === name.slice(0, 4));
  const entries = Object.entries(value)
    .filter(([key, each]) => !base || !isSame(base.value[key], each))
    .map(([key, each]) => {
      const remark = remarks[key] === undefined ? '' : ` // ${commentText(remarks[key])}`;
      return `  ${keyText(key)}: ${literal(each, '  ')},${remark}`;
    });
  return [
    `/** ${inBlock(comment.join(' '))} */`,
    `const ${name} = {`,
    ...(base ? [`  ...${base.name},`] : []),
    ...entries,
    `}${typed === 'ts' ? ' as const' : ''};`,
  ];
}

function jobLines(job: NamedJob, constants: readonly Constant[]): string[] {
  const indent = '    ';
  const comments = [...job.notes, ...(job.options ? [`(${job.place})`, ...job.remarks] : [])];
  const above = comments.flatMap((line) => commentLines(line, indent));
  if (!job.options) {
    const why = job.remarks.flatMap((remark) => commentLines(`  ${remark}`, indent, '  '));
    return [...above, `${indent}// NOT CARRIED OVER, ${job.place}: ${commentText(job.source)}`, ...why];
  }
  const { options } = job;
  const base = constants.find((each) => each.name.startsWith('as'));
  const entries = Object.entries(options)
    .filter(([key, value]) => !base || !isSame(base.value[key], value))
    .map(
      ([key, value]) =>
        `${keyText(key)}: ${key === 'env' ? envText(value, job, constants) : literal(value, `${indent}  `)}`,
    );
  const all = [...(base ? [`...${base.name}`] : []), ...entries];
  return [
    ...above,
    `${indent}command(${quoted(job.id)}, {`,
    ...all.map((entry) => `${indent}  ${entry},`),
    `${indent}}),`,
  ];
}

/** The environment by its name, and what is different. */
function envText(value: unknown, { environmentFiles = [] }: NamedJob, constants: readonly Constant[]): string {
  const env = value as Record<string, unknown>;
  const named = constants.filter((each) => each.name.startsWith('environment') && isWithin(each, env));
  const differing = ({ value: known }: Constant) =>
    Object.keys(env).filter((key) => !isSame(known[key], env[key])).length;
  const [base] = named.toSorted((one, other) => differing(one) - differing(other));
  const entries = Object.entries(env).filter(([key, each]) => !isSame(base?.value[key], each));
  if (base && entries.length === 0) return base.name;
  return objectText(
    [
      ...(base ? [`...${base.name}`] : []),
      ...entries.map(([key, each]) => `${keyText(key)}: ${literal(each, '        ')}`),
      ...environmentFiles.map(
        ({ file, isOptional }) => `...environmentFile(${quoted(file)}${isOptional ? ", 'may be missing'" : ''})`,
      ),
    ],
    '      ',
  );
}

/** Whether every key of the constant is one of the value's: nothing has to be taken away. */
function isWithin({ value }: Constant, other: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(value).every((key) => Object.hasOwn(other, key));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
