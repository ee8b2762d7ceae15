/** What the page knows, and that it is drawn again when that changes. */

/**
 * @import { ServiceRow } from '../reader/row.ts'
 * @import { ServiceDetail } from '../reader/detail.ts'
 * @import { ReleaseDetail } from '../reader/release.ts'
 * @import { FeaturesReport } from '../reader/features.ts'
 * @import { WhyReport } from '../../cli/commands/why/report.ts'
 * @import { PlanReport } from '../../cli/commands/plan/report.ts'
 * @import { Confirmation } from './actions.js'
 */

/**
 * @typedef {object} SessionInfo
 * @property {string} project
 * @property {string} region
 * @property {boolean} local
 * @property {boolean} actions
 * @property {string | null} token
 * @property {string | null} actor
 * @property {string} now
 */

/** @typedef {{ page: 'services' } | { page: 'service', service: string } | { page: 'release', service: string, release: string } | { page: 'unknown' }} Route */

/**
 * @template T
 * @typedef {{ state: 'none' | 'loading' } | { state: 'loaded', value: T } | { state: 'failed', error: string }} Loaded
 */

export const state = {
  /** @type {Route} */
  route: { page: 'services' },
  /** @type {SessionInfo | null} */
  session: null,
  /** Whether this browser has to be let in. */
  isLocked: false,
  /** @type {string | null} why, in the server's words */
  refusal: null,
  /** @type {'connecting' | 'live' | 'lost'} */
  connection: 'connecting',
  /** @type {string | null} why Google Cloud cannot be read */
  trouble: null,
  /** @type {Map<string, ServiceRow> | null} */
  rows: null,
  search: '',
  /** @type {string} */
  filter: 'all',
  sort: { column: 'state', descending: false },
  /** @type {Loaded<ServiceDetail>} */
  service: { state: 'none' },
  /** @type {Loaded<ReleaseDetail>} */
  release: { state: 'none' },
  /** @type {Loaded<WhyReport>} */
  why: { state: 'none' },
  /** @type {Loaded<FeaturesReport>} */
  features: { state: 'none' },
  /** @type {Loaded<PlanReport>} */
  plan: { state: 'none' },
  /** @type {Confirmation | null} */
  confirmation: null,
  /** @type {string | null} what an action has come to */
  notice: null,
};

/** @type {() => void} */
let draw = () => {};
let isDue = false;

/** @param {() => void} how */
export function drawWith(how) {
  draw = how;
}

/** @param {Partial<typeof state>} change */
export function update(change) {
  Object.assign(state, change);
  redraw();
}

/** Once for all changes of one moment. */
export function redraw() {
  if (isDue) return;
  isDue = true;
  queueMicrotask(() => {
    isDue = false;
    draw();
  });
}

/**
 * Said by screen readers, when the one before has been said.
 * @param {string} text
 */
export function say(text) {
  const region = document.getElementById('said');
  if (region !== null && region.textContent !== text) region.textContent = text;
}
