/** The metrics gate: share of errors and p95 of candidate and live model, at each look, with the limit. */
import { html, nothing, svg } from '/lit/lit-html.js';
import { clock, percent } from '../format.js';
import { linear, numbers, short, SIZE } from './axis.js';

/** @import { MetricsPoint } from '../../../functions/release/ledger/shown.ts' */

/** @type {(points: readonly MetricsPoint[], policy: { errorRate: number, p95Ratio: number } | null) => unknown} */
export function metricsPlots(points, policy) {
  const errors = points.map(([at, , mine, , theirs]) => ({
    at,
    mine,
    theirs,
    limit: policy === null ? null : (theirs ?? 0) + policy.errorRate,
  }));
  const slow = points.map(([at, , , mine, , theirs]) => ({
    at,
    mine,
    theirs,
    limit: policy === null || theirs === null ? null : theirs * policy.p95Ratio,
  }));
  return html`<figure>
    ${lines('Errors', errors, percent)} ${lines('p95', slow, (value) => `${Math.round(value)} ms`)}
    <figcaption>
      <span class="key candidate"></span>candidate <span class="key live"></span>live
      <span class="key limit"></span>limit, at each look
    </figcaption>
    ${numbers(
      'metrics',
      ['At', 'Requests', 'Errors', 'p95', 'Errors, live', 'p95, live'],
      points.map(([at, requests, mine, p95, theirs, usual]) => [
        clock(new Date(at).toISOString()),
        requests,
        mine === null ? null : percent(mine),
        p95 === null ? null : `${p95} ms`,
        theirs === null ? null : percent(theirs),
        usual === null ? null : `${usual} ms`,
      ]),
    )}
  </figure>`;
}

/** @typedef {{ at: number, mine: number | null, theirs: number | null, limit: number | null }} Look */

/** @type {(title: string, looks: readonly Look[], tell: (value: number) => string) => unknown} */
function lines(title, looks, tell) {
  const { width, left, right, top } = SIZE;
  const [height, bottom] = [92, 16];
  const values = looks
    .flatMap(({ mine, theirs, limit }) => [mine, theirs, limit])
    .filter((value) => value !== null);
  if (values.length === 0) return nothing;
  const [first, last] = [looks[0]?.at ?? 0, looks.at(-1)?.at ?? 0];
  const x = first === last ? () => (left + width - right) / 2 : linear(first, last, left, width - right);
  const most = Math.max(...values) * 1.08 || 1;
  const y = linear(0, most, height - bottom, top);
  const path = (/** @type {'mine' | 'theirs' | 'limit'} */ of) => {
    const known = looks.filter((look) => look[of] !== null);
    return known.map((look, i) => `${i === 0 ? 'M' : 'L'}${x(look.at)} ${y(look[of] ?? 0)}`).join('');
  };
  const latest = looks.findLast(({ mine }) => mine !== null);
  const { mine = null, theirs = null, limit = null } = latest ?? {};
  const told = [
    `${title} of the candidate: ${mine === null ? 'none yet' : tell(mine)}`,
    theirs === null ? '' : `, of the live model ${tell(theirs)}`,
    limit === null ? '' : `, limit ${tell(limit)}`,
  ].join('');
  const limitAt = looks.findLast(({ limit }) => limit !== null)?.limit ?? null;
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label=${told}>
    <line class="axis" x1=${left} x2=${width - right} y1=${height - bottom} y2=${height - bottom} />
    <path class="limit" d=${path('limit')} />
    <path class="line live" d=${path('theirs')} />
    <path class="line candidate" d=${path('mine')} />
    ${looks.map(({ at, mine }) => (mine === null ? nothing : svg`<circle class="dot candidate" cx=${x(at)} cy=${y(mine)} r="2.4" />`))}
    ${looks.map(({ at, theirs }) => (theirs === null ? nothing : svg`<rect class="dot live" x=${x(at) - 1.8} y=${y(theirs) - 1.8} width="3.6" height="3.6" />`))}
    <text class="mark strong" x=${left} y=${height - 3}>${title}</text>
    ${limitAt === null ? nothing : svg`<text class="mark" x=${left - 5} y=${y(limitAt) + 3.5} text-anchor="end">${title === 'p95' ? short(limitAt) : percent(limitAt)}</text>`}
    <text class="mark" x=${left - 5} y=${height - bottom + 2} text-anchor="end">0</text>
    <text class="mark" x=${width - right} y=${height - 3} text-anchor="end">
      ${clock(new Date(last).toISOString())}
    </text>
  </svg>`;
}
