/** The stages of a release, each against what is usual. */
import { html, nothing } from '/lit/lit-html.js';
import { progressBar } from './bars.js';
import { clock, duration, secondsSince, words } from './format.js';
import { icon, RESULTS } from './icons.js';

/** @import { TimelineStage } from '../reader/timeline.ts' */

const TOLD = { done: 'done', current: 'current stage', ahead: 'ahead', ended: 'ended here' };
const SHAPES = /** @type {const} */ ({ done: 'pass', current: 'progress', ahead: 'empty', ended: 'live' });

/** @type {(stages: readonly TimelineStage[], seen: readonly { stage: string, at: string }[], at: string | null) => unknown} */
export function timeline(stages, seen, at) {
  return html`<ol class="timeline">
      ${stages.map((stage) => one(stage, at))}
    </ol>
    ${
      seen.length === 0
        ? nothing
        : html`<p class="stages">
            <span class="sub">Vertex AI:</span>
            ${seen.map(({ stage, at: since }, i) => html`<span class=${i === seen.length - 1 ? 'current' : ''}>${words(stage)} <span class="sub figure">${clock(since)}</span></span>`)}
          </p>`
    }`;
}

/** @type {(stage: TimelineStage, at: string | null) => unknown} */
function one({ title, state, seconds, usualSeconds, note }, at) {
  const more = state === 'current' && at !== null ? Math.max(0, secondsSince(at)) : 0;
  const taken = seconds === null ? null : seconds + more;
  const end = note === null ? undefined : RESULTS[note];
  return html`<li class="${state} ${end?.tone ?? ''}">
    <span class="node">${icon(end?.shape ?? SHAPES[state])}<span class="unseen">${TOLD[state]}:</span></span>
    <span class="stage">${title}</span>
    ${state === 'current' && taken !== null ? progressBar(taken, usualSeconds) : nothing}
    <span class="taken figure">${taken === null ? (state === 'done' ? 'done' : '') : duration(taken)}</span>
    ${usualSeconds === null || usualSeconds === 0 ? nothing : html`<span class="sub usual">usually ${duration(usualSeconds)}</span>`}
    ${note === null ? nothing : html`<span class="sub">${RESULTS[note]?.text ?? words(note)}</span>`}
  </li>`;
}
