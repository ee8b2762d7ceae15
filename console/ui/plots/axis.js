/** What all plots share: scales, and the table behind a plot. Pure. */
import { html } from '/lit/lit-html.js';

/** Of every plot, in the units of its viewBox. */
export const SIZE = { width: 320, height: 150, left: 38, right: 10, top: 10, bottom: 24 };

/** @typedef {(value: number) => number} Scale */

/** @type {(from: number, to: number, start: number, end: number) => Scale} */
export function linear(from, to, start, end) {
  const span = to - from || 1;
  return (value) => Number((start + ((value - from) / span) * (end - start)).toFixed(2));
}

/**
 * With few digits: `0.00071`, `0.5`, `38`.
 * @param {number} value
 */
export function short(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 100) return String(Math.round(value));
  return size < 0.001
    ? value
        .toExponential(0)
        .replace('e-', '·10⁻')
        .replace(/⁻(\d+)$/, (_, d) => `⁻${[...d].map((c) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]).join('')}`)
    : String(Number(value.toPrecision(2)));
}

/**
 * The numbers of a plot, for who cannot see it or wants them.
 * @type {(gate: string, head: readonly string[], rows: readonly (readonly (string | number | null)[])[]) => unknown}
 */
export function numbers(gate, head, rows) {
  return html`<details class="numbers">
    <summary>Numbers</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Numbers of the ${gate} gate">
      <table>
        <thead>
          <tr>
            ${head.map((title) => html`<th scope="col">${title}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${row.map((cell) => html`<td>${cell ?? '–'}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
