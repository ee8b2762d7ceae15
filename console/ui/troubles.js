/** What of a service differs from what its people expect, each in a line. */
import { html, nothing } from '/lit/lit-html.js';
import { duration, moment, roughly, secondsSince } from './format.js';
import { icon } from './icons.js';

/**
 * @import { ServiceStatus } from '../../cli/commands/status/report.ts'
 * @import { Shape } from './icons.js'
 */

/** @typedef {{ shape: Shape, text: string, more?: string }} Line */

/** @type {(status: ServiceStatus, idle: string | null) => unknown} */
export function troubles(status, idle) {
  const lines = [...stops(status), ...faults(status), ...waits(status), ...idles(idle)];
  if (lines.length === 0) return nothing;
  return html`<ul class="troubles">
    ${lines.map(
      ({ shape, text, more }) =>
        html`<li class=${shape}>
          ${icon(shape)}
          <div><strong>${text}${more ? ':' : ''}</strong> <span>${more}</span></div>
        </li>`,
    )}
  </ul>`;
}

/** What people or the configuration have asked for. @type {(status: ServiceStatus) => Line[]} */
function stops({ hold, parked }) {
  /** @type {Line[]} */
  const lines = [];
  if (hold !== null)
    lines.push({
      shape: 'held',
      text: `On hold since ${moment(hold.since)}${by(hold.requestedBy)}`,
      more: hold.reason,
    });
  if (parked !== null) {
    const { since, isWaking, artifactsWait, requestedBy } = parked;
    const why = parked.by === 'schedule' ? 'outside its hours' : parked.reason;
    const ends = isWaking
      ? 'its live model is being deployed again'
      : `${artifactsWait ? 'a requested release' : 'a release'} wakes it`;
    lines.push({
      shape: 'parked',
      text: `Parked since ${moment(since)}${by(requestedBy)}`,
      more: why === '' ? ends : `${why}; ${ends}`,
    });
  }
  return lines;
}

function by(/** @type {string | null} */ requestedBy) {
  return requestedBy === null ? '' : ` by ${requestedBy}`;
}

/** @type {(status: ServiceStatus) => Line[]} */
function faults({ service, outage, problem, drift, hold, refused, left, fixed }) {
  const shape = /** @type {const} */ ('attention');
  return [
    ...(outage === null
      ? []
      : [
          {
            shape,
            text: `Nothing has served for ${duration(secondsSince(outage.since))}`,
            more: `${outage.release} recreates, which usually takes ${duration(outage.usualSeconds)}`,
          },
        ]),
    ...(problem === null
      ? []
      : [
          {
            shape,
            text: 'Stopped',
            more: problem.replace('`slipway rebuild SERVICE`', `"slipway rebuild ${service}"`),
          },
        ]),
    ...drift.map(({ text, mendedBy }) => ({
      shape,
      text: 'Drift',
      more: `${text}; ${hold === null ? `the next sweep calls ${mendedBy}` : 'not repaired while on hold'}`,
    })),
    ...refused.map(({ call, code, words, times, since }) => ({
      shape,
      text: `Google refuses ${call} (${code}), ${times} times in ${duration(secondsSince(since))}`,
      more: words,
    })),
    ...left.map(({ what, subject, words }) => ({
      shape,
      text: `Left behind: ${what} ${subject}`,
      more: words,
    })),
    ...fixed.map((text) => ({
      shape,
      text: 'Endpoint',
      more: `${text}; only a new endpoint can be otherwise`,
    })),
  ];
}

/** A live model that is billed and not asked. @type {(idle: string | null) => Line[]} */
function idles(idle) {
  return idle === null ? [] : [{ shape: 'wait', text: 'Idle', more: idle }];
}

/** @type {(status: ServiceStatus) => Line[]} */
function waits({ waiting }) {
  return waiting.map(({ name, acceptedAt }) => ({
    shape: 'wait',
    text: `${name} waits for ${roughly(secondsSince(acceptedAt))}`,
  }));
}
