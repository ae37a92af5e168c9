/**
 * What npm's answers mean for a person: advisories, and releases that are newer.
 *
 * The shapes are those of npm 7 and later; whatever else comes is passed over.
 */
import { peek, peekText } from './peek.ts';

export type Finding = {
  severity: 'low' | 'moderate' | 'high';
  /** What was found. */
  what: string;
  /** What to do. */
  fix: string;
};

/** @param answer of `npm audit --json` */
export function advisories(answer: unknown): Finding[] {
  return entries(peek(answer, 'vulnerabilities')).flatMap(([name, entry]) => {
    const said = peekText(entry, 'severity');
    if (said === undefined) return [];
    // One that has it from another package has no title of its own.
    const via = peek(entry, 'via');
    const titles = (Array.isArray(via) ? via : []).flatMap((each) => peekText(each, 'title') ?? []);
    const why = titles.length > 0 ? `: ${[...new Set(titles)].join('; ')}` : '';
    return [{ severity: severityOf(said), what: `${name} has a known weakness, ${said}${why}.`, fix: fixOf(entry) }];
  });
}

/** @param answer of `npm outdated --json` */
export function releases(answer: unknown): Finding[] {
  return entries(answer).flatMap(([name, entry]) => {
    const [current, wanted, latest] = ['current', 'wanted', 'latest'].map((key) => peekText(entry, key));
    if (current === undefined || latest === undefined || current === latest) return [];
    const what = `${name} ${latest} is out; ${current} is installed.`;
    const fix =
      wanted === latest ? `npm update ${name}` : `npm install ${name}@${latest}, after a look at what it changes`;
    return [{ severity: 'low' as const, what, fix: `${fix}.` }];
  });
}

function fixOf(entry: unknown): string {
  const fix = peek(entry, 'fixAvailable');
  const [name, version] = [peekText(fix, 'name'), peekText(fix, 'version')];
  if (name !== undefined && version !== undefined)
    return `npm install ${name}@${version}, after a look at what it changes.`;
  return fix === true ? 'npm audit fix.' : 'There is no fix yet: see npm audit.';
}

function severityOf(said: string): Finding['severity'] {
  if (said === 'critical' || said === 'high') return 'high';
  return said === 'moderate' ? 'moderate' : 'low';
}

function entries(object: unknown): [string, unknown][] {
  return typeof object === 'object' && object !== null && !Array.isArray(object) ? Object.entries(object) : [];
}
