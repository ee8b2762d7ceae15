/** The comparison gate: what the candidate answers beside what the live model answers to the same row. */
import { html, svg } from '/lit/lit-html.js';
import { linear, numbers, short, SIZE } from './axis.js';

/** @type {(points: readonly (readonly [number | null, number | null])[], tolerance: number | null) => unknown} */
export function scatterPlot(points, tolerance) {
  const { width, left, right, top, bottom } = SIZE;
  const height = 190;
  const known = points.flatMap(([a, b]) => (a === null || b === null ? [] : [/** @type {const} */ ([a, b])]));
  const all = known.flat();
  const [low, high] = [Math.min(...all, Infinity), Math.max(...all, -Infinity)];
  if (known.length === 0) return numbers('comparison', ['Live', 'Candidate'], points);
  const pad = (high - low || Math.abs(high) || 1) * 0.06;
  const [from, to] = [low - pad, high + pad];
  const x = linear(from, to, left, width - right);
  const y = linear(from, to, height - bottom, top);
  const isOutside = (/** @type {number} */ a, /** @type {number} */ b) =>
    tolerance !== null && Math.abs(a - b) > tolerance * Math.max(1, Math.abs(a), Math.abs(b));
  const outside = known.filter(([a, b]) => isOutside(a, b)).length;
  const told = `${known.length} rows: the candidate's answer against the live model's, ${outside} of them outside the tolerance`;
  // A diamond beside a circle: what is outside is not told by its colour alone.
  const mark = (/** @type {readonly [number, number]} */ [a, b]) =>
    isOutside(a, b)
      ? svg`<rect class="over" x=${x(a) - 3.5} y=${y(b) - 3.5} width="7" height="7" transform="rotate(45 ${x(a)} ${y(b)})" />`
      : svg`<circle class="value" cx=${x(a)} cy=${y(b)} r="3.2" />`;
  return html`<figure>
    <svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label=${told}>
      <line class="axis" x1=${left} x2=${width - right} y1=${height - bottom} y2=${height - bottom} />
      <line class="axis" x1=${left} x2=${left} y1=${top} y2=${height - bottom} />
      <line class="identity" x1=${x(from)} y1=${y(from)} x2=${x(to)} y2=${y(to)} />
      ${known.map(mark)}
      <text class="mark" x=${left} y=${height - 8}>${short(low)}</text>
      <text class="mark" x=${width - right} y=${height - 8} text-anchor="end">${short(high)}</text>
      <text class="mark" x=${(left + width - right) / 2} y=${height - 8} text-anchor="middle">live</text>
      <text class="mark" x=${left - 5} y=${height - bottom} text-anchor="end">${short(low)}</text>
      <text class="mark" x=${left - 5} y=${top + 8} text-anchor="end">${short(high)}</text>
    </svg>
    <figcaption>
      The candidate's answer (up) against the live model's (across); on the line they are the same
    </figcaption>
    ${numbers('comparison', ['Live', 'Candidate'], points)}
  </figure>`;
}
