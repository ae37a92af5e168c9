/**
 * Everything at a glance: whether all is right, and if not, what; then every engine, those first that somebody has to look at.
 */
import { signal } from '@preact/signals';
import { html } from 'htm/preact';
import { type Actor, addressOf, connection, ofKind } from '../actors.ts';
import { now } from '../clock.ts';
import { type Condition, conditionMeanings, conditionNames, conditionOf, conditions } from '../condition.ts';
import { ago, ahead, exactly, lengthOf, many, told } from '../format.ts';
import { Badge } from '../parts/badge.ts';
import { Icon } from '../parts/icon.ts';
import { Strip } from '../parts/strip.ts';
import { VirtualList } from '../parts/virtual-list.ts';
import { engineLink } from '../route.ts';
import { sentence } from '../words.ts';
import { type Grouping, groupings, type Item, itemsOf } from './overview-items.ts';

const search = signal('');
const only = signal<Condition | null>(null);
const grouping = signal<Grouping>('condition');
const narrow = matchMedia('(max-width: 760px)');
/** Kept here, for thousands of rows ask: the query itself takes longer to answer than all the rest of a list. */
const isNarrow = signal(narrow.matches);
narrow.addEventListener('change', () => {
  isNarrow.value = narrow.matches;
});

export function Overview() {
  const engines = ofKind('engine');
  const counts = countsOf(engines);
  const items = itemsOf(engines, { search: search.value, only: only.value, grouping: grouping.value });
  return html`<${Headline} counts=${counts} total=${engines.length} />
    <${Standing} />
    <${Tiles} counts=${counts} />
    <${Tools} />
    ${engines.length > 0 && items.length === 0 && html`<p class="empty">No engine is like that. <button type="button" class="link" onClick=${clear}>Show all</button></p>`}
    <div class="engines">
      <div class="engine-row columns" aria-hidden="true"><span>Engine</span><span>State</span><span>Last 50 runs</span><span>p95</span><span>Last run</span><span>Next</span></div>
      <${VirtualList} items=${items} label="Engines" heightOf=${heightOf} keyOf=${keyOf} show=${show} />
    </div>`;
}

function countsOf(engines: readonly Actor[]): Record<Condition, number> {
  const counts = { needsYou: 0, failing: 0, waiting: 0, running: 0, paused: 0, well: 0 };
  for (const engine of engines) counts[conditionOf(engine)] += 1;
  return counts;
}

function Headline({ counts, total }: { counts: Record<Condition, number>; total: number }) {
  const { needsYou, failing, waiting } = counts;
  if (total === 0) {
    const text = connection.value === 'begins' ? 'One moment …' : 'There are no engines';
    return html`<h1 class="headline" tabindex="-1">${text}</h1>`;
  }
  const standing = ofKind('incident').filter(({ incident }) => incident);
  const people = Math.max(needsYou, standing.some(({ incident }) => incident?.todo) ? 1 : 0);
  const tone = people > 0 ? 'bad' : failing > 0 || standing.length > 0 ? 'wait' : 'well';
  const text =
    people > 0
      ? needsYou > 0
        ? `${many(needsYou, 'engine')} ${needsYou === 1 ? 'needs' : 'need'} you`
        : 'An incident needs you'
      : failing > 0
        ? `${many(failing, 'engine')} ${failing === 1 ? 'fails' : 'fail'}, and nobody is needed yet`
        : standing.length > 0
          ? 'Nobody is needed yet'
          : 'All is well';
  const rest = [
    failing > 0 && people > 0 ? `${failing} failing` : '',
    waiting > 0 ? `${waiting} waiting` : '',
    `${total.toLocaleString()} in all`,
  ];
  return html`<h1 class=${`headline ${tone}`} tabindex="-1"><i></i>${text}<small>${rest.filter(Boolean).join(' · ')}</small></h1>`;
}

/** The incidents that stand, the urgent first: a few of them, and the way to the others. */
function Standing() {
  const standing = ofKind('incident').flatMap(({ id, incident, state }) =>
    incident ? [{ id, state, ...incident }] : [],
  );
  if (standing.length === 0) return null;
  standing.sort(
    (one, other) => Number(other.severity === 'now') - Number(one.severity === 'now') || one.since - other.since,
  );
  return html`<section class="standing" aria-label="Open incidents">
    ${standing.slice(0, 3).map(
      ({
        id,
        severity,
        title,
        what,
        todo,
        since,
      }) => html`<a key=${id} href="#/incidents" class=${`standing-one ${severity === 'now' ? 'bad' : 'wait'}`}>
        <${Icon} name="incidents" /><span><b>${sentence(title)}</b> <span class="what">${told(todo ?? what, now.value)}</span></span><time title=${exactly(since)}>${ago(since, now.value)}</time>
      </a>`,
    )}
    ${standing.length > 3 && html`<a class="more" href="#/incidents">${standing.length - 3} more</a>`}
  </section>`;
}

function Tiles({ counts }: { counts: Record<Condition, number> }) {
  const choose = (condition: Condition) => {
    only.value = only.value === condition ? null : condition;
  };
  return html`<div class="tiles" role="group" aria-label="Show only">
    ${conditions.map(
      (
        condition,
      ) => html`<button key=${condition} type="button" class=${`tile ${condition}`} aria-pressed=${only.value === condition}
        disabled=${counts[condition] === 0 && only.value !== condition} title=${`Engines that ${conditionMeanings[condition]}`} onClick=${() => choose(condition)}>
        <b>${counts[condition].toLocaleString()}</b><span>${conditionNames[condition]}</span>
      </button>`,
    )}
  </div>`;
}

function Tools() {
  return html`<div class="tools">
    <label class="search"><${Icon} name="search" /><span class="unseen">Search engines</span>
      <input type="search" placeholder="Search by name, state or reason" value=${search.value} onInput=${(
        event: InputEvent,
      ) => {
        search.value = (event.currentTarget as HTMLInputElement).value;
      }} />
      <kbd aria-hidden="true">/</kbd>
    </label>
    <label class="grouping"><span>Group by</span>
      <select value=${grouping.value} onChange=${(event: Event) => {
        grouping.value = (event.currentTarget as HTMLSelectElement).value as Grouping;
      }}>
        ${Object.entries(groupings).map(([value, name]) => html`<option key=${value} value=${value}>${name}</option>`)}
      </select>
    </label>
  </div>`;
}

function clear() {
  search.value = '';
  only.value = null;
}

const heightOf = (item: Item) => ('group' in item ? 44 : isNarrow.value ? 112 : 60);
const keyOf = (item: Item) => ('group' in item ? `group ${item.group}` : addressOf(item.engine));
const show = (item: Item) =>
  'group' in item
    ? html`<h2 class="group">${item.name}<small>${item.count.toLocaleString()}</small></h2>`
    : html`<${EngineRow} engine=${item.engine} />`;

function EngineRow({ engine }: { engine: Actor }) {
  const { id, reason, todo, lastRun, wakesAt, engine: facts, state, waitsFor } = engine;
  const at = now.value;
  const why =
    todo ??
    (reason && told(reason, now.value)) ??
    (state === 'idle' && waitsFor[0] ? `after ${waitsFor[0].replace('engine/', '')}` : null);
  const next = state === 'idle' ? (facts?.dueAt ?? wakesAt) : wakesAt;
  return html`<div class=${`engine-row ${conditionOf(engine)}`} data-engine=${id}>
    <span class="name"><a href=${engineLink(id)} data-step><b>${id}</b></a><small>${facts?.schedule ?? 'by hand'}</small></span>
    <span class="stand"><${Badge} actor=${engine} />${why && html`<small title=${why}>${why}</small>`}</span>
    <span class="runs"><${Strip} marks=${facts?.marks ?? null} /></span>
    <span class="number p95"><em>p95 </em>${facts?.p95Ms === null || facts?.p95Ms === undefined ? '–' : lengthOf(facts.p95Ms)}</span>
    <span class="number last">${lastRun ? html`<span class=${lastRun.result === 'failure' ? 'bad-text' : ''} title=${exactly(lastRun.endedAt)}>${lastRun.result === 'failure' ? 'failed ' : ''}${ago(lastRun.endedAt, at)}</span>` : 'never'}</span>
    <span class="number next">${next === null ? '–' : html`<span title=${exactly(next)}>${ahead(next, at)}</span>`}</span>
  </div>`;
}
