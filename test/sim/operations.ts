/** Long-running operations of simulated Vertex AI: how long they take, how they end, and what is told of them. */
import { CallError, type Status } from '../../functions/errors.ts';
import type { Deployment, Operation } from '../../functions/world.ts';
import type { Fault } from './faults.ts';
import type { OperationKind, Trouble } from './scenario.ts';
import { LOCATION, type SimOperation, type VertexParts } from './vertex-types.ts';

export class SimOperations {
  /** By name. */
  readonly all = new Map<string, SimOperation>();
  readonly #parts: VertexParts;

  constructor(parts: VertexParts) {
    this.#parts = parts;
  }

  get unfinished(): SimOperation[] {
    return [...this.all.values()].filter((operation) => !operation.done);
  }

  runsOn(endpoint: string): boolean {
    for (const operation of this.all.values())
      if (!operation.done && operation.endpoint === endpoint) return true;
    return false;
  }

  /** Those Vertex has forgotten are not shown; which model it was is told only of one that has succeeded. */
  deploymentsOn(endpoint: string): Deployment[] {
    const deployments: Deployment[] = [];
    for (const operation of this.all.values()) {
      if (operation.kind !== 'deploy' || operation.endpoint !== endpoint) continue;
      const seen = this.get(operation.name);
      const id = operation.error === null && operation.done ? operation.model : null;
      if (seen !== null) deployments.push({ ...seen, deployedModel: id });
    }
    return deployments;
  }

  get(name: string): Operation | null {
    const operation = this.all.get(name);
    if (operation === undefined || operation.forgotten) return null;
    if (operation.settled !== null) return operation.settled;
    const { done, error } = operation;
    const share = (this.#parts.agenda.now - operation.startedAt) / (operation.endsAt - operation.startedAt);
    const stage =
      operation.kind === 'deploy' && !done ? (STAGES[Math.floor(share * STAGES.length)] ?? null) : null;
    const tookMs = done ? operation.endsAt - operation.startedAt : null;
    const seen = { name, done, error, stage, tookMs };
    if (done) operation.settled = seen;
    return seen;
  }

  /** Starts one. `fatal`: what is wrong with its artifact lets it end so and no other way. Returns its name. */
  start(
    kind: OperationKind,
    endpoint: string | null,
    subject: string,
    fatal: SimOperation['error'],
    ends: { succeed: () => void; fail: () => void; vanish: () => void },
    model: string | null = null,
  ): string {
    const { agenda, chance, faults, scenario, watch } = this.#parts;
    const fault = faults.at(`operation.${kind}`, agenda.now);
    const typical = kind === 'mutate' ? (scenario.durations.mutate ?? 120_000) : scenario.durations[kind];
    const usual = scenario.exact ? typical : typical * chance.between(`time of ${kind}`, 0.6, 1.4);
    const fate = this.#parts.lasting.fateOf(kind);
    const late = fate?.is === 'hanging' ? (fate.endsAfter ?? Infinity) : 0;
    const ms = Math.round(fault?.is === 'slow' ? usual * fault.times : usual) + late;
    const operation = this.#begin(kind, endpoint, subject, ms, model);
    if (fault?.is === 'forgotten') {
      agenda.after(Math.min(ms, usual) / 2, () => {
        operation.forgotten = true;
        watch.failed(operation);
      });
    }
    watch.began(operation);
    if (ms === Infinity) return operation.name;
    agenda.after(ms, () => {
      operation.done = true;
      operation.error = fatal ?? errorOf(fate, fault);
      if (operation.error === null) {
        if (fault?.is === 'vanished') ends.vanish();
        else ends.succeed();
      } else if (fatal === null && fault?.is === 'failed' && fault.kept) ends.succeed();
      else ends.fail();
      if (operation.error !== null || fault?.is === 'vanished') watch.failed(operation);
      watch.ended(operation);
    });
    return operation.name;
  }

  #begin(
    kind: OperationKind,
    endpoint: string | null,
    subject: string,
    ms: number,
    model: string | null = null,
  ): SimOperation {
    const operation: SimOperation = {
      name: `${endpoint ?? LOCATION}/operations/${this.all.size + 1}`,
      kind,
      endpoint,
      subject,
      model,
      done: false,
      error: null,
      forgotten: false,
      startedAt: this.#parts.agenda.now,
      endsAt: this.#parts.agenda.now + ms,
      settled: null,
    };
    this.all.set(operation.name, operation);
    return operation;
  }

  /** Refuses what is there already, by the call or by an operation. */
  refuseDuplicate(kind: OperationKind, endpoint: string | null, subject: string, message: string): string {
    if (this.#parts.scenario.switches.duplicate === 'call') throw refusalOf(kind, 'ALREADY_EXISTS', message);
    const operation = this.#begin(kind, endpoint, subject, 2_000);
    this.#parts.agenda.after(2_000, () => {
      operation.done = true;
      operation.error = { status: 'ALREADY_EXISTS', message };
    });
    return operation.name;
  }
}

const STAGES = [
  'STARTING_DEPLOYMENT',
  'PREPARING_MODEL',
  'CREATING_SERVING_CLUSTER',
  'ADDING_NODES_TO_CLUSTER',
  'GETTING_CONTAINER_IMAGE',
  'STARTING_MODEL_SERVER',
  'FINISHING_UP',
] as const;

/** What it fails with that has begun so, and was struck so. Null: nothing. */
function errorOf(
  fate: Exclude<Trouble, { is: 'refused' }> | null,
  fault: Fault | null,
): SimOperation['error'] {
  if (fate?.is === 'failing') return { status: fate.status, message: fate.message };
  if (fate?.is === 'hanging' && fate.ends === 'badly')
    return { status: 'INTERNAL', message: 'The operation did not end in time.' };
  return fault?.is === 'failed' ? { status: fault.status, message: 'the operation failed' } : null;
}

/** A call that is refused for a reason of its own. */
export function refusalOf(method: string, status: Status, message: string): CallError {
  return new CallError(`vertex.${method}`, status, message);
}
