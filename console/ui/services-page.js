/** All services in one table: what serves, what is coming, and what wants attention. */
import { html, nothing } from '/lit/lit-html.js';
import { repeat } from '/lit/directives/repeat.js';
import { dollars, duration, moment, plural, roughly, secondsSince } from './format.js';
import { badge, icon, RESULTS, STATES, VERDICTS } from './icons.js';
import { splitBar, progressBar } from './bars.js';
import { redraw, state } from './state.js';

/** @import { ServiceRow } from '../reader/row.ts' */

const FILTERS = [
  ['all', 'All'],
  ['attention', 'Attention'],
  ['progress', 'In progress'],
  ['held', 'On hold'],
  ['parked', 'Parked'],
  ['steady', 'Live'],
  ['empty', 'No release'],
];

const ORDER = ['attention', 'progress', 'held', 'steady', 'parked', 'empty'];

/** @type {Record<string, { title: string, key?: (row: ServiceRow) => string | number }>} */
const COLUMNS = {
  service: { title: 'Service', key: (row) => row.service },
  state: { title: 'State', key: (row) => ORDER.indexOf(row.state) },
  live: { title: 'Live', key: (row) => (row.live === null ? Infinity : secondsSince(row.live.since)) },
  traffic: { title: 'Traffic', key: (row) => -(row.traffic?.length ?? 0) },
  release: {
    title: 'In progress',
    key: (row) => (row.release === null ? Infinity : -row.release.elapsedSeconds),
  },
  gates: { title: 'Gates', key: (row) => gateRank(row) },
  standby: { title: 'Standby', key: (row) => row.standbyUntil ?? '~' },
  cost: { title: 'Cost / h', key: (row) => -(row.cost?.perHour ?? -1) },
  last: { title: 'Last outcome', key: (row) => row.last?.result ?? '~' },
};

function gateRank(/** @type {ServiceRow} */ { gates }) {
  const verdicts = gates.map(({ verdict }) => verdict);
  return verdicts.includes('fail') ? 0 : verdicts.includes('hold') ? 1 : verdicts.length > 0 ? 2 : 3;
}

export function servicesPage() {
  const { rows, search, filter } = state;
  if (rows === null)
    return html`<h1>Services</h1>
      <p class="loading" role="status">Reading the ledgers…</p>`;
  const all = [...rows.values()];
  const wanted = search.trim().toLowerCase();
  const found = all.filter((row) => wanted === '' || textOf(row).includes(wanted));
  const shown = sorted(found.filter((row) => filter === 'all' || row.state === filter));
  return html`
    <div class="title">
      <div>
        <h1>Services</h1>
        <p class="lead">${costOfAll(all)}</p>
      </div>
      <div class="search">
        <label class="unseen" for="search">Search services, models and releases</label>
        <input
          id="search"
          type="search"
          placeholder="Search services and models"
          autocomplete="off"
          spellcheck="false"
          .value=${search}
          @input=${searched}
        />
        <kbd aria-hidden="true">/</kbd>
      </div>
    </div>
    <div class="filters" role="group" aria-label="Show services by their state">
      ${FILTERS.map(([name = '', title]) => filterButton(name, title ?? '', found))}
    </div>
    ${
      shown.length === 0
        ? html`<p class="nothing">
            No service ${wanted === '' ? 'is in this state' : html`matches <q>${search}</q>`}.
          </p>`
        : table(shown)
    }
  `;
}

/** @type {(name: string, title: string, found: ServiceRow[]) => unknown} */
function filterButton(name, title, found) {
  const count = name === 'all' ? found.length : found.filter((row) => row.state === name).length;
  if (count === 0 && name !== 'all' && state.filter !== name) return nothing;
  return html`<button type="button" aria-pressed=${state.filter === name} @click=${() => filtered(name)}>
    ${title} <span class="count">${count}</span>
  </button>`;
}

/** Rows that are drawn at once, more than a window shows. The others follow when these are in view. */
const FIRST = 40;
let isFirst = true;

function table(/** @type {ServiceRow[]} */ shown) {
  const now = isFirst ? shown.slice(0, FIRST) : shown;
  if (isFirst) {
    isFirst = false;
    requestAnimationFrame(() => setTimeout(redraw, 30));
  }
  return html`<div class="card flush">
    <table role="table" class="services">
      <caption class="unseen">
        ${plural(shown.length, 'service')}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${Object.entries(COLUMNS).map(([name, { title }]) => heading(name, title))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${repeat(now, ({ service }) => service, line)}
      </tbody>
    </table>
  </div>`;
}

/** @type {(name: string, title: string) => unknown} */
function heading(name, title) {
  const { column, descending } = state.sort;
  const direction = column !== name ? 'none' : descending ? 'descending' : 'ascending';
  return html`<th role="columnheader" scope="col" aria-sort=${direction}>
    <button type="button" @click=${() => sortBy(name)}>
      ${title}<span class="arrow" aria-hidden="true"></span>
    </button>
  </th>`;
}

function line(/** @type {ServiceRow} */ row) {
  const { service, live, release, standbyUntil, last, problem, waiting } = row;
  return html`<tr role="row">
    <th role="rowheader" scope="row">
      <a class="cover" href="/services/${service}">${service}</a>
      ${problem === null ? nothing : html`<span class="problem">${row.drift > 0 ? 'Drift: ' : ''}${problem.replaceAll('`', '"')}</span>`}
    </th>
    <td role="cell" data-title="State">
      ${badge(STATES, row.state)}${row.onHold && row.state !== 'held' ? html`<span class="sub">on hold</span>` : nothing}${row.outageSince === null ? nothing : html`<span class="sub late">nothing serves for ${duration(secondsSince(row.outageSince))}</span>`}${row.parked !== null && row.state !== 'parked' ? html`<span class="sub">${row.parked.isWaking ? 'being woken' : 'parked'}</span>` : nothing}
    </td>
    <td role="cell" data-title="Live">
      ${live === null ? dash() : html`<span class="name">${live.name}</span><span class="sub age" title=${moment((row.parked ?? live).since)}>${row.parked === null ? 'for' : 'parked for'} ${roughly(secondsSince((row.parked ?? live).since))}</span>`}
    </td>
    <td role="cell" data-title="Traffic" class="traffic">${splitBar(row.traffic)}</td>
    <td role="cell" data-title="In progress" class=${release === null ? '' : 'progress'}>
      ${release === null ? dash() : inProgress(release, row.at)}
      ${release === null && waiting > 0 ? html`<span class="sub">${waiting} waiting</span>` : nothing}
    </td>
    <td role="cell" data-title="Gates">${gates(row)}</td>
    <td role="cell" data-title="Standby">
      ${standbyUntil === null ? dash() : html`<span class="sub">until ${moment(standbyUntil)}</span>`}
    </td>
    <td role="cell" data-title="Cost / h">${cost(row)}</td>
    <td role="cell" data-title="Last outcome">
      ${last === null ? dash() : html`${badge(RESULTS, last.result)}<span class="sub">${last.name}</span>`}
    </td>
  </tr>`;
}

/** @type {(release: NonNullable<ServiceRow['release']>, at: string) => unknown} */
function inProgress({ name, doing, elapsedSeconds, usualSeconds }, at) {
  const elapsed = elapsedSeconds + Math.max(0, secondsSince(at));
  const usual = usualSeconds === null ? '' : ` of usually ${duration(usualSeconds)}`;
  return html`<span class="name">${name}</span>
    <span class="sub">${doing}</span>
    ${progressBar(elapsed, usualSeconds)}
    <span class="sub figure">${duration(elapsed)}${usual}</span>`;
}

/** The last verdict of each gate. */
function gates(/** @type {ServiceRow} */ row) {
  const last = new Map(row.gates.map(({ gate, verdict }) => [gate, verdict]));
  if (last.size === 0) return dash();
  return html`<ul class="marks">
    ${[...last].map(([gate, verdict]) => {
      const { shape, tone, text } = VERDICTS[verdict] ?? {
        shape: /** @type {const} */ ('wait'),
        tone: 'busy',
        text: verdict,
      };
      return html`<li class=${tone} title="${gate}: ${text}">
        ${icon(shape)}<span class="unseen">${gate}: ${text}</span>
      </li>`;
    })}
  </ul>`;
}

/** @type {(rows: ServiceRow[]) => string} */
function costOfAll(rows) {
  const costs = rows.flatMap(({ cost }) => (cost === null ? [] : [cost.perHour]));
  const known = costs.filter((cost) => cost !== null);
  if (known.length === 0) return plural(rows.length, 'service');
  const sum = known.reduce((total, cost) => total + cost, 0);
  const without = costs.length - known.length;
  const more = without === 0 ? '' : `, without ${plural(without, 'service')} that the table has no price of`;
  return `What is deployed costs about ${dollars(sum)} an hour${more}.`;
}

/** What is deployed costs, and whether anybody asks for it. */
function cost(/** @type {ServiceRow} */ { cost, idleHours }) {
  const amount =
    cost === null || cost.perHour === null
      ? dash()
      : html`<span class="figure" title=${cost.words}>${dollars(cost.perHour)}</span>`;
  return html`${amount}${idleHours === null ? nothing : html`<span class="sub idle">idle for ${idleHours} h</span>`}`;
}

function dash() {
  return html`<span class="dash" aria-hidden="true">–</span><span class="unseen">none</span>`;
}

function textOf(/** @type {ServiceRow} */ { service, live, release, last, problem, idleHours }) {
  return [
    service,
    live?.name,
    release?.name,
    release?.release,
    release?.doing,
    last?.name,
    last?.release,
    last?.code,
    problem,
    idleHours === null ? '' : 'idle',
  ]
    .join(' ')
    .toLowerCase();
}

function sorted(/** @type {ServiceRow[]} */ rows) {
  const { column, descending } = state.sort;
  const key = COLUMNS[column]?.key ?? (() => 0);
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x !== y) return x < y ? -sign : sign;
    return a.service < b.service ? -1 : 1;
  });
}

function sortBy(/** @type {string} */ column) {
  const { sort } = state;
  state.sort = { column, descending: sort.column === column && !sort.descending };
  redraw();
}

function filtered(/** @type {string} */ name) {
  state.filter = name;
  redraw();
}

function searched(/** @type {InputEvent} */ { target }) {
  if (target instanceof HTMLInputElement) state.search = target.value;
  redraw();
}
