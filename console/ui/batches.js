/** Batches that wait or run, and how the last ones ended. */
import { html, nothing } from '/lit/lit-html.js';
import { duration, moment } from './format.js';
import { badge, RESULTS } from './icons.js';

/** @import { BatchReport } from '../../cli/commands/batch/report.ts' */

export function batchTable(/** @type {readonly BatchReport[]} */ batches) {
  if (batches.length === 0) return html`<p class="nothing">No batch yet.</p>`;
  return html`<table role="table">
    <thead role="rowgroup">
      <tr role="row">
        ${['Batch', 'State', 'Rows', 'Cost', 'Accepted', 'Took'].map((title) => html`<th role="columnheader" scope="col">${title}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${batches.map(
        (batch) =>
          html`<tr role="row">
            <th role="rowheader" scope="row">
              <code>${batch.batch}</code><span class="sub path">${batch.input}</span>
            </th>
            <td role="cell" data-title="State">
              ${badge(RESULTS, batch.state)}${batch.cause === null ? nothing : html`<span class="sub">${batch.cause.text}</span>`}${batch.refusal === null ? nothing : html`<span class="sub">${batch.refusal}</span>`}
            </td>
            <td role="cell" data-title="Rows" class="figure">
              ${batch.succeeded ?? '–'} of
              ${batch.rows ?? '–'}${(batch.failed ?? 0) > 0 ? `, ${batch.failed} failed` : ''}
            </td>
            <td role="cell" data-title="Cost" class="figure">
              ${batch.replicaHours === null ? '–' : `${batch.replicaHours.toFixed(2)} replica-hours`}
            </td>
            <td role="cell" data-title="Accepted" class="figure">${moment(batch.acceptedAt)}</td>
            <td role="cell" data-title="Took" class="figure">${duration(batch.elapsedSeconds)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
