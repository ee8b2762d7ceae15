/** Shapes that say what colours say too. */
import { html, svg } from '/lit/lit-html.js';

const SHAPES = {
  live: svg`<circle cx="8" cy="8" r="5" fill="currentColor"/>`,
  steady: svg`<circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="m5 8.2 2.1 2.1L11 6.2" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`,
  progress: svg`<circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 3.5a4.5 4.5 0 0 1 0 9z" fill="currentColor"/>`,
  attention: svg`<path d="M8 1.9 14.6 13.5H1.4z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/><path d="M8 6v3.6" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/><circle cx="8" cy="11.5" r=".9" fill="currentColor"/>`,
  held: svg`<rect x="2" y="2" width="12" height="12" rx="3" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M6.2 5.5v5M9.8 5.5v5" stroke="currentColor" stroke-width="1.7" stroke-linecap="round"/>`,
  parked: svg`<circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M6.5 11.3V4.9h2.2a1.9 1.9 0 0 1 0 3.8H6.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>`,
  empty: svg`<circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2.4 2.4"/>`,
  pass: svg`<circle cx="8" cy="8" r="7" fill="currentColor"/><path d="m4.9 8.2 2.2 2.2 4-4.3" fill="none" stroke="var(--surface)" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/>`,
  fail: svg`<path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor"/><path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" stroke="var(--surface)" stroke-width="1.7" stroke-linecap="round"/>`,
  hold: svg`<path d="M8 .9 15.1 8 8 15.1.9 8z" fill="currentColor"/><path d="M5 8h.01M8 8h.01M11 8h.01" stroke="var(--surface)" stroke-width="1.9" stroke-linecap="round"/>`,
  wait: svg`<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 5v3.2l2 1.4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>`,
  back: svg`<path d="M6 4 2.5 7.5 6 11M3 7.5h6.2a4 4 0 0 1 0 6.5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" transform="translate(.6 -.9)"/>`,
  replaced: svg`<path d="M2 8h10M8.5 4.2 12.3 8l-3.8 3.8" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>`,
};

/** @typedef {keyof typeof SHAPES} Shape */

/** Beside a text that says the same. @param {Shape} shape */
export function icon(shape) {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
    ${SHAPES[shape]}
  </svg>`;
}

export function logo() {
  return html`<svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">
    <path class="ramp" d="M2 20 22 14v3L2 23z" />
    <path class="hull" d="M4 15.6 18.6 11.2 20 7H7.5L3 11z" />
    <path class="hull" d="M10 6V2l5 4z" />
  </svg>`;
}

/** @type {Record<string, { shape: Shape, tone: string, text: string }>} */
export const STATES = {
  attention: { shape: 'attention', tone: 'bad', text: 'Attention' },
  progress: { shape: 'progress', tone: 'busy', text: 'In progress' },
  held: { shape: 'held', tone: 'warn', text: 'On hold' },
  parked: { shape: 'parked', tone: 'quiet', text: 'Parked' },
  steady: { shape: 'steady', tone: 'good', text: 'Live' },
  empty: { shape: 'empty', tone: 'quiet', text: 'No release' },
};

/** @type {Record<string, { shape: Shape, tone: string, text: string }>} */
export const RESULTS = {
  Live: { shape: 'pass', tone: 'good', text: 'Live' },
  Succeeded: { shape: 'pass', tone: 'good', text: 'Succeeded' },
  Failed: { shape: 'fail', tone: 'bad', text: 'Failed' },
  Refused: { shape: 'fail', tone: 'bad', text: 'Refused' },
  RolledBack: { shape: 'back', tone: 'warn', text: 'Rolled back' },
  Superseded: { shape: 'replaced', tone: 'quiet', text: 'Superseded' },
  Cancelled: { shape: 'replaced', tone: 'quiet', text: 'Cancelled' },
};

/** @type {Record<string, { shape: Shape, tone: string, text: string }>} */
export const VERDICTS = {
  pass: { shape: 'pass', tone: 'good', text: 'Passed' },
  fail: { shape: 'fail', tone: 'bad', text: 'Failed' },
  hold: { shape: 'hold', tone: 'warn', text: 'Too little evidence' },
  none: { shape: 'empty', tone: 'quiet', text: 'Not asked' },
};

/**
 * An icon and a word. `known` has the word's look; what it lacks is shown as it is.
 * @type {(known: Record<string, { shape: Shape, tone: string, text: string }>, name: string) => unknown}
 */
export function badge(known, name) {
  const { shape, tone, text } = (Object.hasOwn(known, name) ? known[name] : undefined) ?? {
    shape: 'wait',
    tone: 'busy',
    text: name,
  };
  return html`<span class="badge ${tone}">${icon(shape)}${text}</span>`;
}
