/**
 * What a crontab sets for the jobs that follow, line after line: each job gets what stands above it, and nothing of what stands
 * below.
 */
import type { Account, Constant } from '../found-job.ts';

export class Environments {
  readonly remarks: string[] = [];
  readonly constants: Constant[] = [];
  mailTo: string | undefined;
  /** What the crontab has set so far. */
  readonly set = new Map<string, string>();
  readonly #ofCron: Record<string, string>;
  /** The lines that have set something since the last job. */
  #lines: number[] = [];
  #isUsed = false;

  constructor({ name, home }: Account) {
    this.#ofCron = { SHELL: '/bin/sh', PATH: '/usr/bin:/bin', HOME: home, LOGNAME: name, USER: name };
  }

  /** What a job gets. */
  get all(): Record<string, string> {
    return { ...this.#ofCron, ...Object.fromEntries(this.set) };
  }

  note(name: string, value: string, line: number) {
    if (name === 'LOGNAME' || name === 'USER') {
      this.remarks.push(`Line ${line}: ${name} is who the job runs as; cron lets nobody change it.`);
      return;
    }
    this.set.set(name, value);
    this.#lines.push(line);
    this.#isUsed = false;
    const remark = remarkOn(name, value);
    if (remark !== undefined) this.remarks.push(`Line ${line}: ${remark}`);
    if (name === 'MAILTO' && value !== '') this.mailTo = value;
  }

  /** A job has these values: they get a name. */
  use() {
    if (this.#isUsed) return;
    this.#isUsed = true;
    const count = this.constants.length;
    const since = this.#lines.length === 0 ? '.' : `, with what ${linesText(this.#lines)}.`;
    const value = this.all;
    const secrets = Object.keys(value).filter((key) => /pass|secret|token|key$|credential/i.test(key));
    this.constants.push({
      name: count === 0 ? 'environment' : `environment${count + 1}`,
      comment: [`The environment that cron gives${since}`],
      value,
      remarks: Object.fromEntries(
        secrets.map((key) => [key, `a secret? env('${key}') keeps it out of this file and of logs`]),
      ),
    });
    this.#lines = [];
  }
}

function linesText(lines: readonly number[]): string {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === last) return `line ${first} says`;
  return `lines ${first} ${lines.length === 2 ? 'and' : 'to'} ${last} say`;
}

function remarkOn(name: string, value: string): string | undefined {
  if (value === '') return undefined;
  switch (name) {
    case 'MAILTO':
      return `cron mails what jobs print to ${value}. Here it is in nightshift logs, and who is told of failures is said under alerts.`;
    case 'MAILFROM':
      return `MAILFROM=${value} is of the mail that cron sends; here, alerts have a from of their own.`;
    case 'TZ':
      return `TZ=${value} is of what the jobs see. Their times are read in the machine's time zone, as cron reads them; CRON_TZ is for those.`;
    default:
      return undefined;
  }
}
