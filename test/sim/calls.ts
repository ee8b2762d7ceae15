/**
 * A call is three instants: the request leaves, its effect lands, its reply arrives. Between a reply and its next
 * call a process has control, and time stands still: `running` counts those who have it.
 */
import { CallError } from '../../functions/errors.ts';
import type { Agenda } from '../../common/agenda.ts';
import type { Fault, Faults } from './faults.ts';
import type { LastingTroubles } from './lasting.ts';
import type { Process } from './process.ts';
import type { Chance } from '../support/random.ts';
import type { Scenario } from './scenario.ts';

const CALL_TIMEOUT_MS = 60_000;

/** What calls go through. */
export interface CallsContext {
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly scenario: Scenario;
  readonly lasting: LastingTroubles;
  readonly since: number;
  readonly lines: string[] | null;
  readonly watch: {
    readonly violation: unknown;
    called(process: Process, method: string): void;
    refusedByFault(process: Process, method: string, error: Extract<Fault, { is: 'error' }>): void;
  };
  log(what: string): void;
  crash(process: Process): void;
}

/** One call, with its way through the world. */
interface Flight {
  readonly request: number;
  readonly reply: number;
  /** Makes the effect, and returns what hands its reply to the caller. */
  readonly land: (ago: number) => () => void;
  readonly fail: (error: unknown) => void;
}

export class Calls {
  /** By method. */
  readonly counts = new Map<string, number>();
  /** All but predictions, of which one question makes many. */
  total = 0;
  /** Processes that have control. */
  running = 0;
  /** Effects that have not landed yet. */
  inFlight = 0;
  readonly #sim: CallsContext;

  constructor(sim: CallsContext) {
    this.#sim = sim;
  }

  /** `effect` makes the effect and returns the reply, or throws a CallError; `ago`: how stale a read may be. */
  make<T>(process: Process, method: string, effect: (ago: number) => T): Promise<T> {
    const { agenda, chance, faults, watch } = this.#sim;
    this.#count(process, method);
    this.#leave(process, method);
    const fault = this.#lastingRefusal(method) ?? this.#outage(method) ?? faults.at(method, agenda.now);
    if (fault !== null) this.#sim.log(`fault at ${method}: ${JSON.stringify(fault)}`);
    watch.called(process, method);
    return new Promise<T>((resolve, reject) => {
      const request = chance.between(method, 5, 80);
      const reply = chance.between(method, 5, 80);
      const fail = (error: unknown) => this.#resume(process, method, () => reject(error));
      const land = (ago: number): (() => void) => {
        const outcome = this.#attempt(process, method, effect, ago);
        return () =>
          this.#resume(process, method, () => (outcome.ok ? resolve(outcome.value) : reject(outcome.error)));
      };
      this.#play(process, method, fault, { request, reply, land, fail });
    });
  }

  sleep(process: Process, ms: number): Promise<void> {
    this.#leave(process, 'clock.sleep');
    return new Promise((resolve) => {
      this.#sim.agenda.after(Math.max(0, ms), () => this.#resume(process, 'clock.sleep', resolve));
    });
  }

  #count(process: Process, method: string): void {
    this.counts.set(method, (this.counts.get(method) ?? 0) + 1);
    if (method === 'vertex.predict') return;
    this.total += 1;
    process.calls += 1;
  }

  #outage(method: string): Fault | null {
    const { scenario, since } = this.#sim;
    const isOut = scenario.outages.some(
      ({ of, from, ms }) => since >= from && since < from + ms && method.startsWith(`${of}.`),
    );
    return isOut ? { is: 'error', status: 'UNAVAILABLE' } : null;
  }

  #lastingRefusal(method: string): Fault | null {
    const refusal = this.#sim.lasting.refusalOf(method);
    return refusal === null ? null : { is: 'error', status: refusal.status, message: refusal.message };
  }

  #play(process: Process, method: string, fault: Fault | null, call: Flight): void {
    const { agenda, watch } = this.#sim;
    const { request, reply, land, fail } = call;
    const landIn = (ms: number, then: (arrive: () => void) => void, ago = 0) => {
      this.inFlight += 1;
      agenda.after(ms, () => {
        this.inFlight -= 1;
        if (watch.violation === null) then(land(ago));
      });
    };
    const failIn = (ms: number, status: CallError['status'], message = 'injected') =>
      agenda.after(ms, () => fail(new CallError(method, status, message)));
    switch (fault?.is) {
      case 'error':
        watch.refusedByFault(process, method, fault);
        failIn(request + reply, fault.status, fault.message);
        return;
      case 'lost':
        landIn(request, () => {});
        failIn(fault.status === 'DEADLINE_EXCEEDED' ? CALL_TIMEOUT_MS : request + reply + 200, fault.status);
        return;
      case 'crashBefore':
        agenda.after(request, () => this.#sim.crash(process));
        return;
      case 'crashAfter':
        landIn(request, () => this.#sim.crash(process));
        return;
      case 'late':
        process.survives = true;
        landIn(fault.ms, () => {});
        failIn(CALL_TIMEOUT_MS, 'DEADLINE_EXCEEDED');
        return;
      case 'freeze':
        process.survives = true;
        landIn(request, (arrive) => agenda.after(fault.ms, arrive));
        return;
      case 'stall':
        process.survives = true;
        landIn(fault.ms, (arrive) => agenda.after(reply, arrive));
        return;
      case 'lasts':
        landIn(request, (arrive) => agenda.after(fault.ms, arrive));
        return;
      default:
        landIn(request, (arrive) => agenda.after(reply, arrive), fault?.is === 'stale' ? fault.ms : 0);
    }
  }

  #attempt<T>(
    process: Process,
    method: string,
    effect: (ago: number) => T,
    ago: number,
  ): { ok: true; value: T } | { ok: false; error: unknown } {
    try {
      const value = effect(ago);
      if (this.#sim.lines !== null) this.#sim.log(`process ${process.id} ${method} -> ${describe(value)}`);
      return { ok: true, value };
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.#sim.log(`process ${process.id} ${method} -> ${error.status} ${error.message}`);
      return { ok: false, error };
    }
  }

  #leave(process: Process, method: string): void {
    if (process.calling !== null) throw new Error(`${method} while waiting for ${process.calling}`);
    process.calling = method;
    this.running -= 1;
  }

  #resume(process: Process, method: string, go: () => void): void {
    if (process.dead || process.ended) return;
    if (process.calling !== method)
      throw new Error(`a reply to ${method} for a process at ${process.calling}`);
    process.calling = null;
    this.running += 1;
    go();
  }
}

/** What is worth reading of a reply. */
function describe(value: unknown): string {
  if (value === undefined) return 'ok';
  const text = JSON.stringify(value, (_, v: unknown) => (v instanceof Map ? Object.fromEntries(v) : v));
  return text.length > 9000 ? `${text.slice(0, 9000)}…` : text;
}
