/** Draws fault plans, refusals that last, operations that hang and other behaviours of the emulator, and sets them. */
import type { Emulator } from '../../emulator/server.ts';
import type { Fault } from '../../emulator/core/faults.ts';
import type { Chance } from '../support/random.ts';

export interface Plan {
  readonly fault: Fault;
  readonly forMs: number;
}

/** Calls that start operations. */
const STARTING = [
  'ModelService.UploadModel',
  'EndpointService.DeployModel',
  'EndpointService.UndeployModel',
  'ModelService.DeleteModelVersion',
] as const;

const CHANGING = [
  ...STARTING,
  'EndpointService.UpdateEndpoint',
  'EndpointService.CreateEndpoint',
  'ModelService.MergeVersionAliases',
  'Publisher.Publish',
  'storage.objects.insert',
] as const;

/**
 * None strikes a prediction: each that fails for another reason than a killed predictor is a loss.
 */
const READING = [
  'EndpointService.GetEndpoint',
  'EndpointService.ListEndpoints',
  'ModelService.ListModelVersions',
  'Operations.GetOperation',
  'storage.objects.get',
  'MetricService.ListTimeSeries',
  'LoggingServiceV2.ListLogEntries',
] as const;

const PASSING = [
  'UNAVAILABLE',
  'INTERNAL',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'RESOURCE_EXHAUSTED',
  'UNKNOWN',
  'CANCELLED',
] as const;

/** A refusal of what is there, or of what is not there, is no answer that Google gives to a read. */
const REFUSING = ['PERMISSION_DENIED', 'FAILED_PRECONDITION', 'INVALID_ARGUMENT', 'UNAUTHENTICATED'] as const;

const LASTING = [
  'ModelService.UploadModel',
  'EndpointService.DeployModel',
  'EndpointService.UndeployModel',
  'EndpointService.UpdateEndpoint',
  'ModelService.MergeVersionAliases',
  'ModelService.DeleteModelVersion',
  'Publisher.Publish',
] as const;

/** A fault that strikes some calls for seconds. */
export function drawFault(chance: Chance): Plan {
  const forMs = chance.whole('for', 4_000, 25_000);
  const method = chance.chance('changing', 0.6)
    ? chance.pick('method', CHANGING)
    : chance.pick('method', READING);
  const some = { probability: chance.between('probability', 0.2, 0.8) };
  const kind = chance.pick('kind', ['error', 'refused', 'lost', 'late', 'operation', 'quota']);
  if (kind === 'late') {
    const of = chance.pick('of', ['effect', 'reply'] as const);
    return { fault: { method, ...some, kind: 'delay', ms: chance.whole('ms', 200, 8_000), of }, forMs };
  }
  if (kind === 'lost' && isChanging(method)) {
    const as = chance.pick('as', ['closed', 'timeout'] as const);
    return { fault: { method, ...some, kind: 'lost-reply', as }, forMs };
  }
  if (kind === 'operation') {
    const status = chance.pick('status', [...PASSING, ...REFUSING]);
    const effect = chance.pick('effect', ['none', 'kept'] as const);
    const starting = chance.pick('starting', STARTING);
    return { fault: { method: starting, ...some, kind: 'operation', status, effect }, forMs };
  }
  if (kind === 'quota')
    return { fault: { method, kind: 'quota', perMinute: chance.whole('per minute', 0, 6) }, forMs };
  const status = kind === 'refused' ? chance.pick('refusal', REFUSING) : chance.pick('status', PASSING);
  return { fault: { method, ...some, kind: 'error', status }, forMs };
}

/** Every call of the method is refused for a minute or more. */
export function drawLasting(chance: Chance): Plan {
  const method = chance.pick('lasting', LASTING);
  const status = chance.pick('lasting status', [...REFUSING, 'RESOURCE_EXHAUSTED', 'UNAVAILABLE']);
  const message = `${status} for ${method}: the soak refuses it for a while.`;
  return {
    fault: { method, kind: 'error', status, message },
    forMs: chance.whole('lasting for', 60_000, 180_000),
  };
}

/** The next operation of its kind does not end for half a minute or more. */
export function drawHang(chance: Chance): Plan {
  const ms = chance.whole('hang', 30_000, 150_000);
  return {
    fault: { method: chance.pick('hangs', STARTING), call: 1, kind: 'stuck-operation', ms },
    forMs: 30_000,
  };
}

type Behaviour = Emulator['vertex']['behaviour'];

/** Answers that no public source settles: each of them may be Vertex AI's own. */
export function drawBehaviour(chance: Chance): Partial<Behaviour> {
  const switches: readonly [Partial<Behaviour>, ...Partial<Behaviour>[]] = [
    { staleReadMs: 1_500 },
    { updateDuringOperation: chance.pick('busy', ['FAILED_PRECONDITION', 'ABORTED'] as const) },
    { concurrentOperations: chance.pick('busy', ['FAILED_PRECONDITION', 'ABORTED'] as const) },
    { staleEtag: chance.pick('etag', ['FAILED_PRECONDITION', 'INVALID_ARGUMENT'] as const) },
    { deployedModelVisible: 'at-once' },
    { failedDeploymentLingersMs: 5_000 },
    { undeployLagMs: 5_000 },
    { duplicateDeployedId: chance.pick('duplicate', ['INVALID_ARGUMENT', 'accepted'] as const) },
    { deployChangesEtag: false, undeployChangesEtag: false },
    { cancelDeployment: 'ignored' },
    { metricsLagMs: 3_000 },
    { logsLagMs: 3_000 },
  ];
  return chance.pick('behaviour', switches);
}

function isChanging(method: string): boolean {
  return CHANGING.some((one) => one === method);
}

/** The faults that are set now. The emulator can only clear them all: those that stay are set again. */
export class FaultPlans {
  readonly #faults: Emulator['faults'];
  #set: Fault[] = [];

  constructor(faults: Emulator['faults']) {
    this.#faults = faults;
  }

  set(fault: Fault): void {
    this.#set.push(fault);
    this.#faults.add(fault);
  }

  lift(fault: Fault): void {
    this.#set = this.#set.filter((one) => one !== fault);
    this.#faults.clear();
    for (const one of this.#set) this.#faults.add(one);
  }

  clear(): void {
    this.#set = [];
    this.#faults.clear();
  }
}

export function describeFault(fault: Fault): string {
  return Object.entries(fault)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');
}
