/** The models on the endpoint, each with its share. */
import { html, nothing } from '/lit/lit-html.js';
import { splitBar } from './bars.js';

/** @import { ServiceStatus } from '../../cli/commands/status/report.ts' */

/** @type {Record<string, string>} */
const ROLES = {
  live: 'live',
  candidate: 'candidate',
  standby: 'standby',
  leftover: 'leftover',
  foreign: 'not deployed by Slipway',
};

/** @type {(status: ServiceStatus, cost: string | null) => unknown} */
export function endpointSection({ endpoint, deployed, leftDeployed, problem }, cost) {
  if (problem !== null) return html`<p class="nothing">Not known while the service is stopped.</p>`;
  if (endpoint === null) return html`<p class="nothing">No endpoint yet.</p>`;
  return html`
    ${deployed.length === 0 ? html`<p class="nothing">No model is deployed.</p>` : html`<div class="split">${splitBar(deployed.filter(({ percent }) => percent > 0))}</div>`}
    <ul class="models">
      ${deployed.map(
        ({ deployedModel, percent, role, name, version }) =>
          html`<li>
            <span class="swatch ${role}" aria-hidden="true"></span>
            <span class="share-of figure">${percent} %</span>
            <span class="name">${name}</span>
            <span class="sub"
              >${ROLES[role] ?? role}, version ${version}, deployed model <code>${deployedModel}</code></span
            >
          </li>`,
      )}
    </ul>
    ${leftDeployed === null ? nothing : html`<p class="warn">${leftDeployed.models} left deployed: at least ${leftDeployed.replicas} × ${leftDeployed.machineType} billed for nothing.</p>`}
    ${cost === null ? nothing : html`<p class="cost">Cost: ${cost}.</p>`}
    <p class="sub path"><code>${endpoint}</code></p>
  `;
}
