/** EndpointService without its deployments: endpoints are made, read, changed and deleted here. */
import { ApiError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { OperationJson } from '../core/operations.ts';
import { emptyResponse, newEtag, newId, timestamp, typePrefix } from './context.ts';
import type { Context } from './context.ts';
import { checkSplitIds, endpointEntry, endpointJson, parseSplit } from './endpoint.ts';
import type { Deployment, EndpointRecord } from './endpoint.ts';
import { checkDisplayName } from './models.ts';
import type { Use } from './model.ts';
import { parseName, parseParent } from './names.ts';
import { pageOf } from './page.ts';
import { dedicatedDns } from './reach.ts';
import type { ListQuery, Page } from './page.ts';
import { checkSettings, checkTimeout } from './endpoint-checks.ts';
import { checkLabels, invalidFields, parseMask, required } from './request.ts';
import type { Endpoint } from './schemas.ts';

const endpointIdPattern = /^(?:[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?|[1-9][0-9]{0,9})$/;
const updatable = new Set([
  'displayName',
  'description',
  'labels',
  'trafficSplit',
  'predictRequestResponseLoggingConfig',
]);

export class Endpoints {
  readonly #context: Context;
  readonly #records = new Map<string, EndpointRecord>();
  /** Ids of the endpoints that are being made. */
  readonly #inFlight = new Set<string>();
  /** Uses of model versions that an undeployment has ended, until when they count. */
  #lingering: { use: Use; model: string; version: string; until: number }[] = [];

  constructor(context: Context) {
    this.#context = context;
  }

  create(parentName: string, endpointId: string | undefined, endpoint: Endpoint): OperationJson {
    const parent = parseParent(parentName);
    checkDisplayName(endpoint.displayName, 'endpoint.display_name');
    checkLabels('endpoint.labels', endpoint.labels ?? {});
    checkSettings(endpoint);
    if (parseSplit(endpoint.trafficSplit) !== undefined) {
      throw invalidFields([
        { field: 'endpoint.traffic_split', message: 'A new Endpoint has no DeployedModels.' },
      ]);
    }
    const id = this.#endpointId(endpointId);
    const name = `${parent}/endpoints/${id}`;
    if (this.#records.has(name) || this.#inFlight.has(name)) {
      throw new ApiError('ALREADY_EXISTS', `The Endpoint "${name}" already exists.`);
    }
    this.#inFlight.add(name);
    return this.#context.operations.start({
      parent: name,
      metadata: { '@type': `${typePrefix}CreateEndpointOperationMetadata` },
      durationMs: this.#context.durations.createEndpoint * 1000,
      finish: () => {
        this.#inFlight.delete(name);
        const record = this.#newRecord(name, id, endpoint);
        this.#records.set(name, record);
        return { '@type': `${typePrefix}Endpoint`, ...this.json(record) };
      },
      failed: () => this.#inFlight.delete(name),
    });
  }

  get(name: string): JsonObject {
    return this.#read(this.find(name));
  }

  list(parent: string, query: ListQuery): Page<JsonObject> {
    const location = `${parseParent(parent)}/`;
    const records = [...this.#records.values()].filter(({ name }) => name.startsWith(location));
    const page = pageOf(
      records.map((record) => endpointEntry(record)),
      query,
    );
    return { ...page, items: page.items.map(({ record }) => this.#read(record)) };
  }

  /** Synchronous in Vertex AI. The whole mask takes effect in one step, or nothing does. */
  update(name: string, endpoint: Endpoint, updateMask: string | undefined): JsonObject {
    const record = this.find(name);
    const mask = parseMask(updateMask);
    if (mask.length === 0) throw required('update_mask');
    const wrong = mask.find((field) => !updatable.has(field));
    if (wrong !== undefined) {
      throw new ApiError('INVALID_ARGUMENT', `The field "${wrong}" of an Endpoint cannot be updated.`);
    }
    if (mask.includes('displayName')) checkDisplayName(endpoint.displayName, 'endpoint.display_name');
    if (mask.includes('labels')) checkLabels('endpoint.labels', endpoint.labels ?? {});
    const { predictRequestResponseLoggingConfig } = endpoint;
    const logs = mask.includes('predictRequestResponseLoggingConfig');
    if (logs) checkSettings(endpoint);
    const split = mask.includes('trafficSplit')
      ? (parseSplit(endpoint.trafficSplit) ?? new Map<string, number>())
      : undefined;
    if (split !== undefined) this.#checkSplit(record, split);
    this.#checkEtag(record, endpoint.etag);
    const { updateDuringOperation } = this.#context.behaviour;
    if (updateDuringOperation !== 'accepted') refuseWhileBusy(record, updateDuringOperation);

    this.change(record);
    if (mask.includes('displayName')) record.displayName = endpoint.displayName ?? '';
    if (mask.includes('description')) record.description = endpoint.description ?? '';
    if (mask.includes('labels')) record.labels = endpoint.labels ?? {};
    if (split !== undefined) record.trafficSplit = split;
    if (logs) record.other = replaced(record.other, { predictRequestResponseLoggingConfig });
    this.touch(record);
    return this.json(record);
  }

  /** UpdateEndpointLongRunning: only the client connection's configuration, says its proto. */
  updateLongRunning(name: string, endpoint: Endpoint): OperationJson {
    const record = this.find(name);
    const { clientConnectionConfig } = endpoint;
    if (clientConnectionConfig === undefined) throw required('endpoint.client_connection_config');
    checkTimeout({ ...record.other, clientConnectionConfig });
    return this.#context.operations.start({
      parent: record.name,
      metadata: { '@type': `${typePrefix}UpdateEndpointOperationMetadata` },
      durationMs: this.#context.durations.updateEndpoint * 1000,
      finish: () => {
        this.change(record);
        record.other = replaced(record.other, { clientConnectionConfig });
        this.touch(record);
        return { '@type': `${typePrefix}Endpoint`, ...this.json(record) };
      },
    });
  }

  delete(name: string): OperationJson {
    const record = this.find(name);
    this.#refuseDeployed(record);
    return this.#context.operations.start({
      parent: record.name,
      metadata: { '@type': `${typePrefix}DeleteOperationMetadata` },
      durationMs: this.#context.durations.deleteEndpoint * 1000,
      finish: () => {
        this.#refuseDeployed(record);
        this.#records.delete(record.name);
        return emptyResponse;
      },
    });
  }

  /** Throws NOT_FOUND. */
  find(name: string): EndpointRecord {
    const record = this.#records.get(parseName(name, 'endpoints').full);
    if (record === undefined) throw new ApiError('NOT_FOUND', `Endpoint \`${name}\` not found.`);
    return record;
  }

  /** Of all endpoints. */
  deployments(): Deployment[] {
    return [...this.#records.values()].flatMap((record) => Array.from(record.deployments.values()));
  }

  usesOf(model: string, version?: string): Use[] {
    const now = this.#context.clock.now();
    this.#lingering = this.#lingering.filter(({ until }) => until > now);
    const same = (use: { model: string; version: string }): boolean =>
      use.model === model && (version === undefined || use.version === version);
    const ended = this.#lingering.filter(same).map(({ use }) => use);
    const current = [...this.#records.values()].flatMap((record) =>
      [...record.deployments.values()]
        .filter((deployment) => same({ model: deployment.model, version: deployment.modelVersion }))
        .map((deployment) => ({ endpoint: record.name, deployedModelId: deployment.id })),
    );
    return [...current, ...ended];
  }

  /** The version of an undeployed model counts as deployed for a while. */
  keepInUse(record: EndpointRecord, { id, model, modelVersion }: Deployment): void {
    const until = this.#context.clock.now() + this.#context.behaviour.undeployLagMs;
    const use = { endpoint: record.name, deployedModelId: id };
    this.#lingering.push({ use, model, version: modelVersion, until });
  }

  json(record: EndpointRecord): JsonObject {
    const early = this.#context.behaviour.deployedModelVisible === 'at-once';
    return endpointJson(record, ({ state }) => early || state !== 'deploying');
  }

  /** To be called before a change, for readers that may see the old state. */
  change(record: EndpointRecord): void {
    const { staleReadMs } = this.#context.behaviour;
    if (staleReadMs > 0)
      record.before = { json: this.json(record), until: this.#context.clock.now() + staleReadMs };
  }

  touch(record: EndpointRecord): void {
    record.updateTime = timestamp(this.#context.clock);
    record.etag = newEtag(this.#context.random);
  }

  #read(record: EndpointRecord): JsonObject {
    const { before } = record;
    return before !== undefined && before.until > this.#context.clock.now() ? before.json : this.json(record);
  }

  #newRecord(name: string, id: string, endpoint: Endpoint): EndpointRecord {
    const time = timestamp(this.#context.clock);
    const { encryptionSpec, network, privateServiceConnectConfig, clientConnectionConfig } = endpoint;
    const { predictRequestResponseLoggingConfig, dedicatedEndpointEnabled } = endpoint;
    const kept = { encryptionSpec, network, privateServiceConnectConfig, clientConnectionConfig };
    return {
      name,
      id,
      displayName: endpoint.displayName ?? '',
      description: endpoint.description ?? '',
      labels: endpoint.labels ?? {},
      trafficSplit: new Map(),
      etag: newEtag(this.#context.random),
      createTime: time,
      updateTime: time,
      other: keptFields({
        ...kept,
        predictRequestResponseLoggingConfig,
        dedicatedEndpointEnabled,
        ...(dedicatedEndpointEnabled === true && { dedicatedEndpointDns: dedicatedDns(name) }),
      }),
      deployments: new Map(),
      operations: new Set(),
    };
  }

  #endpointId(endpointId: string | undefined): string {
    if (endpointId === undefined || endpointId === '') return newId(this.#context.random);
    if (endpointIdPattern.test(endpointId)) return endpointId;
    const message =
      'The ID must be up to 63 characters of [a-z0-9-], starting with a letter, or a number of up to 10 digits.';
    throw invalidFields([{ field: 'endpoint_id', message }]);
  }

  #checkSplit(record: EndpointRecord, split: ReadonlyMap<string, number>): void {
    const unfinished = this.#context.behaviour.splitToUnfinished === 'accepted';
    checkSplitIds(split, (id) => {
      const state = record.deployments.get(id)?.state;
      return state === 'deployed' || (unfinished && (state === 'deploying' || state === 'undeploying'));
    });
  }

  #checkEtag(record: EndpointRecord, etag: string | undefined): void {
    const { staleEtag } = this.#context.behaviour;
    if (etag === undefined || etag === '' || etag === record.etag || staleEtag === 'ignored') return;
    throw new ApiError(staleEtag, `Etag mismatch: the Endpoint has been changed since "${etag}" was read.`);
  }

  #refuseDeployed(record: EndpointRecord): void {
    if (record.deployments.size === 0) return;
    const ids = [...record.deployments.keys()].join(', ');
    throw new ApiError(
      'FAILED_PRECONDITION',
      `Endpoint has deployed or being-deployed DeployedModel(s): ${ids}. Please undeploy them before deleting the Endpoint.`,
    );
  }
}

export function refuseWhileBusy(record: EndpointRecord, status: 'FAILED_PRECONDITION' | 'ABORTED'): void {
  if (record.operations.size === 0) return;
  throw new ApiError(status, `There are other operations running on the Endpoint "${record.name}".`);
}

/** Kept fields with these in the place of theirs; what is absent is taken away. */
function replaced(kept: JsonObject, fields: Readonly<Record<string, unknown>>): JsonObject {
  const others = Object.entries(kept).filter(([name]) => !Object.hasOwn(fields, name));
  return { ...Object.fromEntries(others), ...keptFields(fields) };
}

/** The fields that are set to something, as JSON: whatever came in was JSON. */
function keptFields(fields: Readonly<Record<string, unknown>>): JsonObject {
  const set = Object.entries(fields).filter(
    ([, value]) => value !== undefined && value !== '' && value !== false,
  );
  const kept: JsonObject = JSON.parse(JSON.stringify(Object.fromEntries(set)));
  return kept;
}
