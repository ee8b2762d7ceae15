/** What a request for the newest artifact would do: the CLI's `plan`, asked for by a button. */
import { html, nothing } from '/lit/lit-html.js';
import { get, sentence } from './api.js';
import { duration, plural } from './format.js';
import { badge, RESULTS } from './icons.js';
import { state, update } from './state.js';

/**
 * @import { Policy } from '../reader/detail.ts'
 * @import { PlanReport } from '../../cli/commands/plan/report.ts'
 */

/** @type {(service: string, policy: Policy, isReadable: boolean) => unknown} */
export function planSection(service, policy, isReadable) {
  const { plan } = state;
  const steps = policy.steps.map(
    ({ traffic, bakeSeconds }) => `${traffic} %${bakeSeconds === 0 ? '' : ` for ${duration(bakeSeconds)}`}`,
  );
  return html`
    <p>
      Steps:
      ${steps.join(', then ')}.${policy.standbySeconds === 0 ? '' : ` The model before stands by for ${duration(policy.standbySeconds)}.`}
    </p>
    <p class="sub">Artifacts land at <code>${policy.artifacts}</code>.</p>
    ${plan.state === 'loaded' ? planned(plan.value) : nothing}
    ${plan.state === 'failed' ? html`<p class="warn" role="status">${plan.error}</p>` : nothing}
    ${isReadable ? rehearsal(service) : nothing}
  `;
}

function rehearsal(/** @type {string} */ service) {
  const { plan } = state;
  return html`<p>
    <button type="button" ?disabled=${plan.state === 'loading'} @click=${() => loadPlan(service)}>
      ${plan.state === 'loading' ? 'Rehearsing…' : plan.state === 'loaded' ? 'Rehearse again' : 'Rehearse a release of the newest artifact'}
    </button>
  </p>`;
}

export function planned(/** @type {PlanReport} */ plan) {
  const { rollout, seconds, overlapReplicaHours, result, cause, calls } = plan;
  const isKept = rollout.standbySeconds > 0 || rollout.steps.some(({ bakeSeconds }) => bakeSeconds > 0);
  const hours = isKept && rollout.hasPartner ? rollout.replicaHours : overlapReplicaHours;
  return html`<div class="planned" role="status">
    <p>
      <strong>${plan.name}</strong> would end
      ${badge(RESULTS, result ?? 'nowhere')}${seconds === null ? '' : html` after about <strong>${duration(Math.max(seconds, rollout.hasPartner ? rollout.minutes * 60 : 0))}</strong>`}.
    </p>
    ${cause === null ? nothing : html`<p class="cause">${cause.text} <code>${cause.code}</code> ${cause.detail}</p>`}
    ${plan.onHold ? html`<p class="warn">The service is on hold: nothing of it happens before it is resumed.</p>` : nothing}
    ${plan.inProgress === null ? nothing : html`<p class="warn">${plan.inProgress} is in progress: it ends, or is requeued, first.</p>`}
    <p class="sub">
      ${hours.toFixed(hours < 0.1 ? 4 : 2)} replica-hours while two models are deployed;
      ${rollout.hasPartner ? `back in ${duration(rollout.rollbackSeconds.standby)} during standby, then ${duration(rollout.rollbackSeconds.redeploy)}` : 'no earlier release to roll back to'}${rollout.gates.length === 0 ? '' : `; gates, taken to pass: ${rollout.gates.join(', ')}`}.
    </p>
    <details>
      <summary>${plural(calls.length, 'call')} to Vertex AI</summary>
      <ol class="calls">
        ${calls.map(({ afterSeconds, method, takesSeconds, target }) => html`<li><span class="figure">${duration(afterSeconds)}</span> <strong>${method}</strong> <code>${target.split('/').slice(-2).join('/')}</code>${takesSeconds === null ? '' : html` <span class="sub">takes ${duration(takesSeconds)}</span>`}</li>`)}
      </ol>
    </details>
  </div>`;
}

async function loadPlan(/** @type {string} */ service) {
  update({ plan: { state: 'loading' } });
  try {
    update({
      plan: { state: 'loaded', value: await get(`/api/services/${encodeURIComponent(service)}/plan`) },
    });
  } catch (error) {
    update({ plan: { state: 'failed', error: sentence(error) } });
  }
}
