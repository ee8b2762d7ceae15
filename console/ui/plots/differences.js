/** The golden gate: how far each row is from what was expected, against the tolerance. */
import { html, svg } from '/lit/lit-html.js';
import { linear, numbers, short, SIZE } from './axis.js';

/** What is drawn at the least: smaller differences all look like none. */
const LEAST_DECADES = 4;

/** @type {(points: readonly (readonly [number, number | null])[], tolerance: number | null) => unknown} */
export function differencesPlot(points, tolerance) {
  const { width, height, left, right, top, bottom } = SIZE;
  const known = points.map(([, difference]) => difference ?? 1);
  const limit = tolerance ?? Math.max(...known, 1e-6);
  const largest = Math.max(limit * 10, ...known);
  // Differences spread over decades: the height is their order of magnitude.
  const low = Math.log10(limit) - LEAST_DECADES + 2;
  const y = linear(low, Math.log10(largest), height - bottom, top);
  const heightOf = (/** @type {number} */ value) => y(Math.max(low, Math.log10(Math.max(value, 1e-300))));
  const step = (width - left - right) / Math.max(1, points.length);
  const isOver = (/** @type {number | null} */ value) =>
    value === null || (tolerance !== null && value > tolerance);
  const over = points.filter(([, difference]) => isOver(difference)).length;
  const told = `${points.length} golden rows, ${over} beyond the tolerance of ${limit}`;
  const bar = (/** @type {readonly [number, number | null]} */ [, difference], /** @type {number} */ i) => {
    const at = heightOf(difference ?? largest);
    const x = left + i * step + step * 0.15;
    const end = height - bottom;
    return svg`<rect class=${isOver(difference) ? 'over' : 'value'} x=${x.toFixed(2)} y=${Math.min(at, end - 1.5)} width=${(step * 0.7).toFixed(2)} height=${Math.max(1.5, end - at).toFixed(2)} rx="1" />`;
  };
  return html`<figure>
    <svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label=${told}>
      <line class="axis" x1=${left} x2=${width - right} y1=${height - bottom} y2=${height - bottom} />
      ${points.map(bar)}
      <line class="limit" x1=${left} x2=${width - right} y1=${heightOf(limit)} y2=${heightOf(limit)} />
      <text class="mark" x=${left - 5} y=${heightOf(limit) + 3.5} text-anchor="end">${short(limit)}</text>
      <text class="mark" x=${left} y=${height - 8}>line ${points[0]?.[0]}</text>
      <text class="mark" x=${width - right} y=${height - 8} text-anchor="end">${points.at(-1)?.[0]}</text>
    </svg>
    <figcaption>Difference of each row, by order of magnitude; the dotted line is the tolerance</figcaption>
    ${numbers(
      'golden',
      ['Line', 'Difference'],
      points.map(([line, difference]) => [line, difference ?? 'not comparable']),
    )}
  </figure>`;
}
