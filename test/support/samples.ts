/** Well-formed requests, releases, ledgers and resources of Vertex AI, for tests to vary. */
import { parseConfig, type Service } from '../../functions/config/config.ts';
import { deployedModelId, deployedModelName, LABELS } from '../../functions/release/ids.ts';
import {
  emptyLedger,
  type Ledger,
  type Leftover,
  type Live,
  type Release,
  type Request,
} from '../../functions/release/ledger/ledger.ts';
import { uriOf } from '../../common/artifact/uri.ts';
import type { DeployedModel, Endpoint, ModelVersion } from '../../functions/world.ts';
import { YAML } from './test-app.ts';

export const NOW = Date.UTC(2026, 0, 1);

export function serviceChurn(): Service {
  const service = parseConfig(YAML).services.get('churn');
  if (service === undefined) throw new Error('the sample has no service churn');
  return service;
}

/** The nth artifact: wanted later than those before it. */
export function requestOf(n: number, change: Partial<Request> = {}): Request {
  return {
    id: `r-${String(n).padStart(12, '0')}`,
    bucket: 'models',
    marker: `churn/v${n}/model.onnx`,
    generation: String(1000 + n),
    order: { at: NOW + n * 1000, tie: String(1000 + n) },
    askedBy: 'artifact',
    acceptedAt: NOW + n * 1000,
    attempts: 0,
    version: null,
    ...change,
  };
}

export function releaseOf(n: number, change: Partial<Release> = {}): Release {
  return {
    request: requestOf(n, { attempts: 1 }),
    startedAt: NOW,
    attempt: 1,
    verified: true,
    deployed: true,
    aliased: false,
    failures: 0,
    notBefore: 0,
    lastCause: null,
    ...change,
  };
}

export function ledgerWith(change: Partial<Ledger> = {}): Ledger {
  return { ...emptyLedger('churn', 0), epoch: 3, writeId: 'w', ...change };
}

/** The endpoint of the service, its model, and what is deployed from the nth artifact. */
export const ENDPOINT = 'projects/p/locations/us-central1/endpoints/1';
const MODEL = 'projects/p/locations/us-central1/models/slipway-churn';

export const foreign: DeployedModel = {
  id: '42',
  model: 'models/theirs',
  version: '1',
  displayName: 'theirs',
};

export function deployedOf(n: number, attempt = 1): DeployedModel {
  const { id } = requestOf(n);
  const displayName = deployedModelName(`churn/v${n}`, id, attempt);
  return { id: deployedModelId(id, attempt), model: MODEL, version: String(n + 7), displayName };
}

export function versionOf(n: number, change: Partial<ModelVersion> = {}): ModelVersion {
  const labels = new Map([[LABELS.release, requestOf(n).id]]);
  const description = uriOf(requestOf(n));
  return {
    model: MODEL,
    version: String(n + 7),
    description,
    labels,
    aliases: [],
    createdAt: NOW,
    ...change,
  };
}

/** `traffic`: percent by id. `epoch`: the label; that of a ledger from `ledgerWith` unless told. */
export function endpointWith(
  deployedModels: readonly DeployedModel[],
  traffic: Readonly<Record<string, number>> = {},
  epoch = '3',
): Endpoint {
  return {
    name: ENDPOINT,
    displayName: 'churn',
    etag: 'e',
    labels: new Map([[LABELS.epoch, epoch]]),
    deployedModels,
    traffic: new Map(Object.entries(traffic)),
    dedicatedDns: null,
    isPrivate: false,
  };
}

/** The nth artifact is live. */
export function liveOf(n: number): Live {
  const request = requestOf(n, { attempts: 1, version: String(n + 7) });
  return { request, attempt: 1, deployedModel: deployedOf(n).id, since: NOW };
}

/** The release of artifact 1 in progress on the endpoint, uploaded as version 8 and not deployed. */
export function releasing(change: Partial<Ledger> = {}, more: Partial<Release> = {}): Ledger {
  const request = requestOf(1, { attempts: 1, version: '8' });
  return ledgerWith({
    endpoint: ENDPOINT,
    release: releaseOf(1, { request, deployed: false, ...more }),
    ...change,
  });
}

/** A model that Vertex AI has refused to undeploy four times, and that the team knows of. */
export const LEFT: Leftover = {
  kind: 'undeploy',
  subject: '77',
  since: NOW,
  failures: 4,
  notBefore: NOW + 9e9,
  detail: 'INTERNAL: no',
};
