/** Features by key: the views of the store, and which model reads which of them. */
import { html, nothing } from '/lit/lit-html.js';
import { badge } from './icons.js';

/**
 * @import { StoredView } from '../reader/detail.ts'
 * @import { FeaturesReport } from '../reader/features.ts'
 * @import { Loaded } from './state.js'
 * @import { Shape } from './icons.js'
 */

/** @type {Record<string, { shape: Shape, tone: string, text: string }>} */
const USE = { unused: { shape: 'empty', tone: 'warn', text: 'Read by no model' } };

/** @type {(views: readonly StoredView[], read: Loaded<FeaturesReport>) => unknown} */
export function featuresSection(views, read) {
  const report = read.state === 'loaded' ? read.value : null;
  const isUnknown = report?.models.some(({ views: of }) => of === null) === true;
  return html`<section class="card flush" aria-labelledby="features">
    <h2 id="features">Features by key</h2>
    <table role="table">
      <thead role="rowgroup">
        <tr role="row">
          ${['View', 'Table', 'Features', 'Read by'].map((title) => html`<th role="columnheader" scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${views.map(
          ({ view, table, features }) =>
            html`<tr role="row">
              <th role="rowheader" scope="row">${view}</th>
              <td role="cell" data-title="Table"><code>${table}</code></td>
              <td role="cell" data-title="Features">${features.join(', ') || 'as features.json says'}</td>
              <td role="cell" data-title="Read by">${report === null ? '…' : readers(view, report)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${read.state === 'failed' ? html`<p class="warn inside">${read.error}</p>` : nothing}
    ${isUnknown ? html`<p class="sub inside">What a model reads whose artifact has been overwritten is not known.</p>` : nothing}
  </section>`;
}

/** @type {(view: string, report: FeaturesReport) => unknown} */
function readers(view, { models, unused }) {
  const reading = models.flatMap(({ role, name, views }) =>
    (views ?? []).filter((one) => one.view === view).map((one) => ({ role, name, ...one })),
  );
  const idle = unused.filter((one) => one.view === view);
  return html`${reading.map(({ role, name, version, features }) => html`<div>${name} <span class="sub">${role}${version === null ? '' : `, version ${version}`}: ${features.join(', ')}</span></div>`)}
  ${idle.map(({ version }) => html`<div>${badge(USE, 'unused')}${version === null ? nothing : html` <span class="sub">version ${version}</span>`}</div>`)}
  ${reading.length + idle.length === 0 ? html`<span class="dash" aria-hidden="true">–</span><span class="unseen">none</span>` : nothing}`;
}
