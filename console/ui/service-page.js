/** One service: the release in progress, its gates, the endpoint, why the live model serves, and how releases ended. */
import { html, nothing } from '/lit/lit-html.js';
import { actionButtons } from './actions.js';
import { batchTable } from './batches.js';
import { duration, moment, releasePath, roughly, secondsSince } from './format.js';
import { gateTiles } from './gates.js';
import { historyTable } from './history.js';
import { badge, icon, STATES } from './icons.js';
import { planSection } from './plan.js';
import { endpointSection } from './endpoint.js';
import { featuresSection } from './features.js';
import { state } from './state.js';
import { timeline } from './timeline.js';
import { troubles } from './troubles.js';
import { whySection } from './why.js';

/** @import { ServiceDetail } from '../reader/detail.ts' */

export function servicePage(/** @type {string} */ name) {
  const { service } = state;
  return html`
    <nav class="trail" aria-label="Where this is"><a href="/">Services</a></nav>
    ${
      service.state === 'failed'
        ? html`<h1>${name}</h1>
            <p class="alert" role="alert">${icon('attention')}<span>${service.error}</span></p>`
        : nothing
    }
    ${
      service.state === 'loading' || service.state === 'none'
        ? html`<h1>${name}</h1>
            <p class="loading" role="status">Reading…</p>`
        : nothing
    }
    ${service.state === 'loaded' ? loaded(name, service.value) : nothing}
  `;
}

/** @type {(name: string, detail: ServiceDetail) => unknown} */
function loaded(name, detail) {
  const { status, policy } = detail;
  const row = state.rows?.get(name);
  return html`
    <div class="title">
      <div>
        <h1>${name} ${row === undefined ? nothing : badge(STATES, row.state)}</h1>
        <p class="lead">${lead(detail)}</p>
      </div>
      ${actionButtons(name, detail)}
    </div>
    ${troubles(status, detail.idle)} ${progressSection(name, detail)}
    <section class="card" aria-labelledby="endpoint">
      <h2 id="endpoint">Endpoint</h2>
      ${endpointSection(status, detail.cost)}
    </section>
    ${gateTiles(policy, status.release?.verdicts ?? [], detail.evidence, status.release)}
    <div class="columns">
      <section class="card" aria-labelledby="why">
        <h2 id="why">Why this model serves</h2>
        ${whySection(state.why)}
      </section>
      <section class="card" aria-labelledby="plan">
        <h2 id="plan">What a request would do</h2>
        ${planSection(name, policy, status.problem === null)}
      </section>
    </div>
    <section class="card flush" aria-labelledby="history">
      <h2 id="history">History</h2>
      ${historyTable(name, detail.history, status.problem === null ? policy.artifacts : null)}
    </section>
    ${
      detail.hasBatches || detail.batches.length > 0
        ? html`<section class="card flush" aria-labelledby="batches">
            <h2 id="batches">Batches</h2>
            ${batchTable(detail.batches)}
          </section>`
        : nothing
    }
    ${detail.features.length === 0 ? nothing : featuresSection(detail.features, state.features)}
  `;
}

/** @type {Record<string, string>} */
const STRATEGIES = { canary: 'Canary', 'blue-green': 'Blue-green', recreate: 'Recreated in place' };

function lead(/** @type {ServiceDetail} */ { status, policy }) {
  const { live, standby, parked, hours, problem } = status;
  const where = html`${STRATEGIES[policy.strategy] ?? policy.strategy} on ${policy.replicas} ×
  ${policy.machineType}${policy.region === (state.session?.region ?? policy.region) ? '' : ` in ${policy.region}`}${hours === null ? '' : `, ${hours.isAwake ? 'awake' : 'parked'} ${hours.until === null ? 'by its hours' : `until ${moment(hours.until)} by its hours`}`}`;
  if (problem !== null) return html`What is live is not known. ${where}.`;
  if (live === null) return html`Nothing is live. ${where}.`;
  if (parked !== null)
    return html`<strong>${live.name}</strong>, version ${live.version}, is deployed again when the service
      wakes. ${where}.`;
  const spare =
    standby?.isDeployed === true
      ? html` ${standby.name} stands by for ${roughly(-secondsSince(standby.until))} more.`
      : nothing;
  return html`<strong>${live.name}</strong> is live, version ${live.version}, for
    ${roughly(secondsSince(live.since))}.${spare} ${where}.`;
}

/** @type {(name: string, detail: ServiceDetail) => unknown} */
function progressSection(name, detail) {
  const { release } = detail.status;
  if (detail.timeline === null || release === null) return nothing;
  const elapsed = release.elapsedSeconds + Math.max(0, secondsSince(detail.at));
  const left = release.rollout?.bakeLeftSeconds ?? null;
  const bakeLeft =
    left === null || release.step !== 'bake'
      ? ''
      : `, ${duration(Math.max(0, left - secondsSince(detail.at)))} of the bake left`;
  const usual = release.usualSeconds === null ? '' : ` of usually ${duration(release.usualSeconds)}`;
  return html`<section class="card" aria-labelledby="progress">
    <div class="section-title">
      <h2 id="progress">In progress: <a href="${releasePath(name, release.release)}">${release.name}</a></h2>
      <p class="figure">${duration(elapsed)}${usual}</p>
    </div>
    <p class="doing">${detail.doing}${bakeLeft}${release.onHold ? ', on hold' : ''}</p>
    ${timeline(detail.timeline, detail.stages, detail.at)}
    ${
      release.cause === null
        ? nothing
        : html`<p class="cause">
              <strong>${release.step === 'goBack' ? 'Rolling back' : 'Last attempt'}:</strong>
              ${release.cause.text} <code>${release.cause.code}</code>
            </p>
            <pre class="words" tabindex="0">${release.cause.detail}</pre>`
    }
  </section>`;
}
