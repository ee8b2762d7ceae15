/** Bounds: calls, messages, what one process does. */
import type { Report } from './invariants.ts';
import type { Process } from './process.ts';
import type { WatchedRun } from './run-context.ts';

/** Of a run without faults; each fault may cost some more. */
const CALLS_MAX = 1_500;
const CALLS_OF_A_FAULT = 25;
const CALLS_OF_ONE_MAX = 400;
const MESSAGES_MAX = 24;
const TICKS_MAX = 24;
/** Of a service that waits for Google to change its mind, an hour. */
const CALLS_OF_AN_HOUR = 300;
/** Of an artifact among many, and of a release that has little to wait for. */
const CALLS_OF_AN_INPUT = 250;
/** Beyond those that are kept: while others wait, 16 at most, nothing is tidied; some land meanwhile. */
const VERSIONS_MAX = 20;

export class Bounds {
  mostCalls = 0;
  readonly #sim: WatchedRun;
  readonly #report: Report;

  constructor(sim: WatchedRun, report: Report) {
    this.#sim = sim;
    this.#report = report;
  }

  called(process: Process): void {
    this.mostCalls = Math.max(this.mostCalls, process.calls);
    // A tick that announces many ends, or writes where many write, has more to do.
    if (process.calls > CALLS_OF_ONE_MAX + 3 * this.#sim.scenario.inputs.length)
      this.#report('B1', `${process.calls} calls of one process`);
  }

  check(releases: number): void {
    const { scenario, faults, calls, pubsub, hours } = this.#sim;
    // While a candidate bakes, and while a gate waits for evidence, the ledger is read every few seconds.
    const baked = scenario.rollout?.steps.reduce((sum, { bakeMs }) => sum + bakeMs + 600_000, 0) ?? 0;
    const listening = (releases * baked) / 4_000;
    const lasting = scenario.lasting === undefined ? 0 : hours * CALLS_OF_AN_HOUR;
    const most =
      CALLS_MAX +
      scenario.inputs.length * CALLS_OF_AN_INPUT +
      listening +
      lasting +
      CALLS_OF_A_FAULT * faults.struck.length;
    // A tick that waits listens for what people ask.
    const listens = scenario.lasting === undefined ? 0 : (calls.counts.get('ledgers.read') ?? 0);
    if (calls.total - listens > most) this.#report('B1', `${calls.total - listens} calls`);
    for (const { versions } of this.#sim.vertex.models.all.values())
      if (versions.length > scenario.keepVersions + VERSIONS_MAX)
        this.#report('B1', `${versions.length} versions of ${scenario.keepVersions} to be kept`);
    const messages = MESSAGES_MAX + scenario.inputs.length + faults.struck.length;
    if (pubsub.mostTicks > TICKS_MAX + faults.struck.length)
      this.#report('B1', `${pubsub.mostTicks} ticks at once`);
    if (pubsub.mostWaiting > messages) this.#report('B1', `${pubsub.mostWaiting} messages at once`);
  }
}
