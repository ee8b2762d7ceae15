/** One release: everything the ledger knows of it, at an address that can be shared. */
import { html, nothing } from '/lit/lit-html.js';
import { duration, moment } from './format.js';
import { gateTiles } from './gates.js';
import { badge, icon, RESULTS, STATES } from './icons.js';
import { state } from './state.js';
import { timeline } from './timeline.js';

/** @import { ReleaseDetail } from '../reader/release.ts' */

/** @type {(service: string, id: string) => unknown} */
export function releasePage(service, id) {
  const { release } = state;
  return html`
    <nav class="trail" aria-label="Where this is">
      <a href="/">Services</a><a href="/services/${service}">${service}</a>
    </nav>
    ${
      release.state === 'failed'
        ? html`<h1>${id}</h1>
            <p class="alert" role="alert">${icon('attention')}<span>${release.error}</span></p>`
        : nothing
    }
    ${
      release.state === 'loading' || release.state === 'none'
        ? html`<h1>${id}</h1>
            <p class="loading" role="status">Reading…</p>`
        : nothing
    }
    ${release.state === 'loaded' ? loaded(id, release.value) : nothing}
  `;
}

/** @type {(id: string, detail: ReleaseDetail) => unknown} */
function loaded(id, detail) {
  const { progress, policy, verdicts, evidence, name, isLive } = detail;
  const { result, cause, elapsedSeconds, state: where } = progress;
  const mark = result === null ? badge(STATES, 'progress') : badge(RESULTS, result);
  return html`
    <div class="title">
      <div>
        <h1>${name ?? id} ${mark}</h1>
        <p class="lead">
          ${where === 'ended' ? html`Ended after <strong>${duration(elapsedSeconds)}</strong>` : html`${detail.doing ?? where}, for ${duration(elapsedSeconds)}`}${isLive ? ', and serves now' : ''}${progress.rollbackFrom === null ? '' : `, a rollback from ${progress.rollbackFrom}`}.
        </p>
      </div>
    </div>
    ${
      cause === null
        ? nothing
        : html`<section class="card because" aria-labelledby="cause">
            <h2 id="cause">${where === 'ended' ? 'Why it ended so' : 'What happened'}</h2>
            <p>${cause.text} <code>${cause.code}</code></p>
            <pre class="words" tabindex="0">${cause.detail}</pre>
          </section>`
    }
    ${
      detail.timeline === null
        ? nothing
        : html`<section class="card" aria-labelledby="stages">
            <h2 id="stages">Stages</h2>
            ${timeline(detail.timeline, [], where === 'ended' ? null : detail.at)}
          </section>`
    }
    ${verdicts.length === 0 ? nothing : gateTiles(policy, verdicts, evidence, null)}
    <div class="columns">
      <section class="card" aria-labelledby="facts">
        <h2 id="facts">Facts</h2>
        <dl>
          ${fact('Release', id)} ${fact('Artifact', progress.artifact)} ${fact('Asked by', progress.askedBy)}
          ${fact('Requested by', progress.requestedBy)} ${fact('Version', progress.version)}
          ${fact('Deployed model', progress.deployedModel)} ${fact('Attempt', progress.attempt)}
          ${fact('Promoted', progress.promotedBy ?? (progress.promoted ? 'yes' : null))}
          ${fact('Ended by request', detail.endedBy)} ${fact('Ended by', progress.endRequestedBy)}
        </dl>
      </section>
      <section class="card" aria-labelledby="moments">
        <h2 id="moments">Moments</h2>
        <dl>
          ${detail.times.map(
            ({ what, at }) =>
              html`<div>
                <dt>${what}</dt>
                <dd><time class="figure" datetime=${at}>${moment(at)}</time></dd>
              </div>`,
          )}
        </dl>
      </section>
    </div>
  `;
}

/** @type {(title: string, value: string | number | null) => unknown} */
function fact(title, value) {
  return value === null
    ? nothing
    : html`<div>
        <dt>${title}</dt>
        <dd><code>${value}</code></dd>
      </div>`;
}
