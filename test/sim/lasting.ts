/** The troubles of a scenario that last, as they stand at a moment of a run. */
import type { OperationKind, Scenario, Trouble } from './scenario.ts';

type Refused = Extract<Trouble, { is: 'refused' }>;

/** What a release, a repair and the way back can do without. */
const NOT_NEEDED: ReadonlySet<string> = new Set([
  'vertex.undeploy',
  'vertex.deleteVersion',
  'vertex.moveAliases',
  'logs.tail',
  'bus.events',
  'undeploy',
  'deleteVersion',
]);

/** The scenario, and the time since its beginning in ms. */
interface Run {
  readonly scenario: Scenario;
  readonly since: number;
}

export class LastingTroubles {
  readonly #sim: Run;
  readonly #all: readonly Trouble[];

  constructor(sim: Run) {
    this.#sim = sim;
    this.#all = sim.scenario.lasting ?? [];
  }

  refusalOf(method: string): Refused | null {
    if (this.#all.length === 0) return null;
    const found = this.#all.find((t) => t.is === 'refused' && t.of === method && this.#isOn(t));
    return found?.is === 'refused' ? found : null;
  }

  /** What becomes of an operation that begins now. */
  fateOf(kind: OperationKind): Exclude<Trouble, Refused> | null {
    for (const trouble of this.#all)
      if (trouble.is !== 'refused' && trouble.of === kind && this.#isOn(trouble)) return trouble;
    return null;
  }

  /** Those that a release may end for, and that were there in that stretch of virtual time, in ms since the beginning. */
  between(from: number, to: number): readonly Trouble[] {
    return this.#all.filter((t) => this.#isNeeded(t) && t.from <= to && from <= lastTraceOf(t));
  }

  /** Any that are there in that stretch, of one method or of methods that begin so. */
  ofBetween(of: string, from: number, to: number): readonly Trouble[] {
    return this.#all.filter((t) => t.of.startsWith(of) && t.from <= to && from <= endOf(t));
  }

  isRefusedNow(of: string): boolean {
    return this.refusalOf(of) !== null;
  }

  /** Whether what refuses that method now was there already so many milliseconds ago. */
  isRefusedFor(of: string, ms: number): boolean {
    const refusal = this.refusalOf(of);
    return refusal !== null && refusal.from <= this.#sim.since - ms;
  }

  /** When the last one began or ended, in ms after the beginning. */
  get lastChange(): number {
    const { since } = this.#sim;
    const moments = this.#all.flatMap((t) => [t.from, endOf(t)]).filter((at) => at <= since);
    return Math.max(0, ...moments);
  }

  /** When all of them have begun, and those that end have ended. */
  get settledAt(): number {
    return Math.max(0, ...this.#all.map((t) => (t.ms === null ? t.from : endOf(t))));
  }

  /** Whether one that never ends keeps a service from being as it should be. */
  get isForEver(): boolean {
    return this.#all.some((t) => t.ms === null && !NOT_NEEDED.has(t.of));
  }

  /** An undeployment that hangs keeps an endpoint busy, which refuses other operations, or updates, then. */
  #isNeeded({ is, of }: Trouble): boolean {
    const { oneAtATime, updateRefusedWhileBusy = false } = this.#sim.scenario.switches;
    if (is === 'hanging' && of === 'undeploy' && (oneAtATime || updateRefusedWhileBusy)) return true;
    return !NOT_NEEDED.has(of);
  }

  #isOn(trouble: Trouble): boolean {
    const { since } = this.#sim;
    return since >= trouble.from && since < endOf(trouble);
  }
}

/** When the last operation that it left hanging has ended. */
function lastTraceOf(trouble: Trouble): number {
  return endOf(trouble) + (trouble.is === 'hanging' ? (trouble.endsAfter ?? Infinity) : 0);
}

export function endOf({ from, ms }: Trouble): number {
  return ms === null ? Infinity : from + ms;
}
