/** A tile for each gate: its verdict, its limit, and the numbers behind it. */
import { html, nothing } from '/lit/lit-html.js';
import { moment, percent, roughly, secondsSince } from './format.js';
import { badge, VERDICTS } from './icons.js';
import { differencesPlot } from './plots/differences.js';
import { metricsPlots } from './plots/metrics.js';
import { scatterPlot } from './plots/scatter.js';

/**
 * @import { Policy } from '../reader/detail.ts'
 * @import { Evidence } from '../../functions/release/ledger/shown.ts'
 * @import { VerdictView } from '../../cli/ledger-view/verdicts.ts'
 */

/** @type {(policy: Policy, verdicts: readonly VerdictView[], evidence: Evidence | null, release: { state: string, name: string | null } | null) => unknown} */
export function gateTiles(policy, verdicts, evidence, release) {
  const gates = /** @type {const} */ (['contract', 'golden', 'features', 'comparison', 'metrics']);
  const asked = gates.filter((gate) => policy.gates[gate] !== null && policy.gates[gate] !== false);
  // The contract is always looked at: that alone, of a service at rest, tells nothing.
  const isBare = verdicts.length === 0 && asked.length === 1 && release?.state !== 'running';
  const shown =
    asked.length === 0 || isBare
      ? []
      : gates.filter((gate) => asked.includes(gate) || verdicts.some((v) => v.gate === gate));
  if (shown.length === 0) return nothing;
  const whose =
    release === null || release.name === null
      ? ''
      : release.state === 'ended'
        ? ` of ${release.name}`
        : ` for ${release.name}`;
  return html`<section aria-labelledby="gates">
    <h2 id="gates" class="outside">Gates${whose}</h2>
    <div class="tiles">
      ${shown.map((gate) =>
        tile(
          gate,
          policy,
          verdicts.filter((v) => v.gate === gate),
          evidence,
        ),
      )}
    </div>
  </section>`;
}

/** @type {(gate: VerdictView['gate'], policy: Policy, verdicts: readonly VerdictView[], evidence: Evidence | null) => unknown} */
function tile(gate, policy, verdicts, evidence) {
  const last = verdicts.at(-1);
  return html`<article class="card tile ${last?.verdict ?? 'none'}" aria-labelledby="gate-${gate}">
    <header>
      <h3 id="gate-${gate}">${gate}</h3>
      ${badge(VERDICTS, last?.verdict ?? 'none')}
    </header>
    <p class="limit">${limit(gate, policy)}</p>
    ${last === undefined ? nothing : html`<p class="reason">${last.reason}</p>`}
    ${plot(gate, policy, evidence)}
    ${
      last === undefined
        ? nothing
        : html`<p class="sub">
            ${gate === 'contract' ? '' : `Step ${last.step}, `}<time
              datetime=${last.at}
              title=${moment(last.at)}
              >${roughly(secondsSince(last.at))} ago</time
            >
          </p>`
    }
    ${
      verdicts.length < 2
        ? nothing
        : html`<details>
            <summary>Earlier verdicts</summary>
            <ol class="verdicts">
              ${verdicts
                .slice(0, -1)
                .toReversed()
                .map((v) => html`<li>${badge(VERDICTS, v.verdict)} in step ${v.step}: ${v.reason}</li>`)}
            </ol>
          </details>`
    }
  </article>`;
}

/** @type {(gate: VerdictView['gate'], policy: Policy) => string} */
function limit(gate, { gates }) {
  const { golden, features, comparison, metrics } = gates;
  switch (gate) {
    case 'contract':
      return 'Inputs and outputs fit the callers of the live model';
    case 'golden':
      return golden === null ? 'Not asked for' : `Every golden row within ${golden.tolerance}`;
    case 'features':
      return features === null
        ? 'Not asked for'
        : `At most ${percent(features.missing)} more missing, ${percent(features.stale)} stale, distance ${features.skew}`;
    case 'comparison': {
      if (comparison === null) return 'Not asked for';
      const { maxDifference, meanDifference, rankAgreement, outsideTolerance, tolerance } = comparison;
      return [
        maxDifference === null ? '' : `largest difference ${maxDifference}`,
        meanDifference === null ? '' : `mean ${meanDifference}`,
        outsideTolerance === null ? '' : `${percent(outsideTolerance)} outside ${tolerance}`,
        rankAgreement === null ? '' : `rank agreement from ${rankAgreement}`,
      ]
        .filter((text) => text !== '')
        .join(', ')
        .replace(/^/, 'At most ')
        .replace(/^At most rank/, 'Rank');
    }
    case 'metrics':
      return metrics === null
        ? 'Not asked for'
        : `At most ${percent(metrics.errorRate)} more errors, ${metrics.p95Ratio} times the p95, from ${metrics.minSample} requests on`;
    default:
      return '';
  }
}

/** @type {(gate: string, policy: Policy, evidence: Evidence | null) => unknown} */
function plot(gate, { gates }, evidence) {
  if (gate === 'golden' && evidence?.golden !== undefined)
    return differencesPlot(evidence.golden, gates.golden?.tolerance ?? null);
  if (gate === 'comparison' && evidence?.comparison !== undefined)
    return scatterPlot(evidence.comparison, gates.comparison?.tolerance ?? null);
  if (gate === 'metrics' && evidence?.metrics !== undefined)
    return metricsPlots(evidence.metrics, gates.metrics);
  return nothing;
}
