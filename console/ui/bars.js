/** Bars: the split of an endpoint, and how far something is of what is usual. */
import { html, nothing, svg } from '/lit/lit-html.js';
import { duration } from './format.js';

/** @import { Share } from '../reader/row.ts' */

/**
 * The shares of an endpoint, the largest first, with the same in words.
 * @param {readonly Share[] | null} shares null: not read yet
 */
export function splitBar(shares) {
  if (shares === null)
    return html`<span class="bar empty" aria-hidden="true"></span><span class="unseen">not read yet</span>`;
  if (shares.length === 0)
    return html`<span class="dash" aria-hidden="true">–</span><span class="unseen">no traffic</span>`;
  let x = 0;
  const parts = shares.map(({ percent, role }) => {
    const part = svg`<rect class="share ${role}" x=${x} y="0" width=${percent} height="8" />`;
    x += percent;
    return part;
  });
  const told = shares.map(({ percent, name, role }) => `${percent} % ${name} (${role})`).join(', ');
  const [first, ...others] = shares;
  return html`<svg
      class="bar"
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      role="img"
      aria-label="Traffic: ${told}"
    >
      ${parts}
    </svg>
    <span class="sub figure" aria-hidden="true"
      >${first?.percent}
      %${others.length === 0 ? '' : ` · ${others.map(({ percent }) => `${percent} %`).join(' · ')}`}</span
    >`;
}

/**
 * Elapsed against usual: full at the usual time, and marked as late beyond it.
 * @type {(seconds: number, usual: number | null) => unknown}
 */
export function progressBar(seconds, usual) {
  if (usual === null || usual <= 0) return nothing;
  const share = Math.min(1, seconds / usual);
  const isLate = seconds > usual * 1.5;
  const text = `${duration(seconds)} of usually ${duration(usual)}`;
  return html`<svg
    class="bar thin ${isLate ? 'late' : ''}"
    viewBox="0 0 100 4"
    preserveAspectRatio="none"
    role="img"
    aria-label=${text}
  >
    <rect class="done" x="0" y="0" width=${Math.max(2, share * 100)} height="4" />
  </svg>`;
}
