/** How the releases of a service ended, the last one first. */
import { html, nothing } from '/lit/lit-html.js';
import { duration, moment, releasePath } from './format.js';
import { badge, RESULTS } from './icons.js';

/** @import { PastRelease } from '../../cli/commands/history.ts' */

/** Who asked, where a message states it, or else what did. @param {PastRelease} release */
function people({ askedBy, requestedBy, promotedBy, endRequestedBy }) {
  return html`${requestedBy ?? askedBy}
  ${promotedBy === null ? nothing : html`<span class="sub">promoted by ${promotedBy}</span>`}
  ${endRequestedBy === null ? nothing : html`<span class="sub">ended by ${endRequestedBy}</span>`}`;
}

/** `artifacts`: where they land; null: nothing of the service is known. @type {(service: string, releases: readonly PastRelease[], artifacts: string | null) => unknown} */
export function historyTable(service, releases, artifacts) {
  if (artifacts === null) return html`<p class="nothing">Not known while the service is stopped.</p>`;
  if (releases.length === 0)
    return html`<p class="nothing">
      No release yet. An artifact that lands at <code>${artifacts}</code> starts one.
    </p>`;
  const longest = Math.max(...releases.map(({ elapsedSeconds }) => elapsedSeconds), 1);
  return html`<table role="table">
    <thead role="rowgroup">
      <tr role="row">
        ${['Release', 'Outcome', 'Ended', 'Took', 'Asked by', 'Cause'].map((title) => html`<th role="columnheader" scope="col">${title}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${releases.map(
        (release) =>
          html`<tr role="row">
            <th role="rowheader" scope="row">
              <a href="${releasePath(service, release.release)}">${release.name || release.release}</a>
              ${release.rollbackFrom === null ? nothing : html`<span class="sub">back from ${release.rollbackFrom}</span>`}
            </th>
            <td role="cell" data-title="Outcome">${badge(RESULTS, release.result)}</td>
            <td role="cell" data-title="Ended">
              <time class="figure" datetime=${release.endedAt}>${moment(release.endedAt)}</time>
            </td>
            <td role="cell" data-title="Took">
              <span class="figure">${duration(release.elapsedSeconds)}</span>
              <svg class="bar thin plain" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect
                  class="done"
                  width=${Math.max(1, (release.elapsedSeconds / longest) * 100)}
                  height="4"
                />
              </svg>
            </td>
            <td role="cell" data-title="Asked by">${people(release)}</td>
            <td role="cell" data-title="Cause" class="because">
              ${release.cause === null ? html`<span class="dash" aria-hidden="true">–</span>` : html`${release.cause.text} <code>${release.cause.code}</code>`}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}
