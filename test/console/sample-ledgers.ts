/** Ledgers and endpoints of the sample services, and what they are made of. */
import { deployedModelId, deployedModelName, releaseId } from '../../functions/release/ids.ts';
import {
  emptyLedger,
  type Ledger,
  type Release,
  type Request,
} from '../../functions/release/ledger/ledger.ts';
import type { Outcome, Verdict } from '../../functions/release/publish/outcome.ts';
import { modelName, PARENT, type SampleWorld } from './sample-world.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const SAMPLES = {
  progress: 'churn',
  deploying: 'demand-forecast',
  failed: 'fraud-score',
  drifted: 'search-ranking',
  held: 'price-elasticity',
  unreadable: 'spam-filter',
  empty: 'support-routing',
  steady: 'recommendations',
  parked: 'night-rates',
  idle: 'delivery-time',
  featured: 'basket-size',
} as const;

const ledgers = new WeakMap<SampleWorld, Map<string, Ledger>>();

/** The ledger that was written last. */
export function ledgerOf(world: SampleWorld, name: string): Ledger {
  const found = ledgers.get(world)?.get(name);
  if (found === undefined) throw new Error(`there is no ledger of ${name}`);
  return found;
}

export function change(world: SampleWorld, name: string, more: Partial<Ledger>): void {
  const all = ledgers.get(world) ?? new Map<string, Ledger>();
  ledgers.set(world, all);
  const ledger = { ...(all.get(name) ?? emptyLedger(name, Date.now())), ...more };
  all.set(name, ledger);
  world.write(name, ledger);
}

export function requestOf(name: string, folder: string, at: number, more: Partial<Request> = {}): Request {
  const marker = `${name}/${folder}/model.onnx`;
  const id = releaseId(name, 'models', marker, '11');
  return {
    id,
    bucket: 'models',
    marker,
    generation: '11',
    order: { at, tie: '11' },
    askedBy: 'artifact',
    acceptedAt: at,
    attempts: 1,
    version: null,
    ...more,
  };
}

export function outcomeOf(request: Request, tookMs: number, more: Partial<Outcome> = {}): Outcome {
  const { id, marker, generation, askedBy, acceptedAt, version } = request;
  return {
    release: id,
    result: 'Live',
    cause: null,
    artifact: `gs://models/${marker}#${generation}`,
    version,
    deployedModel: deployedModelId(id, 1),
    askedBy,
    acceptedAt,
    startedAt: acceptedAt + 2_000,
    endedAt: acceptedAt + tookMs,
    announced: true,
    reached: [
      ['verified', acceptedAt + 9_000],
      ['uploaded', acceptedAt + tookMs * 0.1],
      ['deployed', acceptedAt + tookMs * 0.8],
      ['step 1', acceptedAt + tookMs * 0.81],
    ],
    ...more,
  };
}

export function setEndpoint(
  world: SampleWorld,
  name: string,
  models: readonly (readonly [Request, number])[],
): void {
  world.endpoints.set(endpointName(name), {
    name: endpointName(name),
    displayName: name,
    etag: 'e',
    labels: new Map(),
    deployedModels: models.map(([{ id, marker, version }]) => ({
      id: deployedModelId(id, 1),
      model: modelName(name),
      version: version ?? '1',
      displayName: deployedModelName(marker.replace('/model.onnx', ''), id, 1),
    })),
    traffic: new Map(models.map(([{ id }, percent]) => [deployedModelId(id, 1), percent])),
    dedicatedDns: null,
    isPrivate: false,
  });
}

export function endpointName(name: string): string {
  return `${PARENT}/endpoints/${Array.from(name).reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 1_000_003, 7)}`;
}

export function releaseOf(request: Request, more: Partial<Release> = {}): Release {
  return {
    request,
    startedAt: request.acceptedAt + 2_000,
    attempt: 1,
    verified: true,
    deployed: false,
    aliased: false,
    failures: 0,
    notBefore: 0,
    lastCause: null,
    ...more,
  };
}

export const said = (
  gate: Verdict['gate'],
  step: number,
  verdict: Verdict['verdict'],
  reason: string,
  at: number,
): Verdict => ({ gate, step, verdict, reason, at });
