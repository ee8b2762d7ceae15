/** PredictionService: one deployed model is chosen by the traffic split and gets the request. */
import { ApiError, asApiError } from '../core/errors.ts';
import { isObject, parseJson } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Context } from './context.ts';
import type { HttpAnswer } from './container.ts';
import type { Deployment, EndpointRecord } from './endpoint.ts';
import { predictTimeoutMs } from './endpoint-checks.ts';
import type { Endpoints } from './endpoints.ts';
import { checkReach } from './reach.ts';
import type { Caller } from './reach.ts';

/** Of shared public endpoints, and of dedicated ones (docs, "Choose an endpoint type"). */
const maxBytes = { shared: 1_572_864, dedicated: 10_485_760 };

export interface RawPrediction extends HttpAnswer {
  readonly endpointId: string;
  readonly deployedModelId: string;
  /** `projects/NUMBER/locations/LOCATION/models/ID`. */
  readonly model: string;
  readonly modelVersionId: string;
}

/** Through the shared host. */
const shared: Caller = { host: 'localhost' };

export class Predictions {
  readonly #context: Context;
  readonly #endpoints: Endpoints;
  readonly #choose: () => number;

  /** `choose`: numbers in [0, 1) that decide between deployed models. */
  constructor(context: Context, endpoints: Endpoints, choose: () => number) {
    this.#context = context;
    this.#endpoints = endpoints;
    this.#choose = choose;
  }

  /** `{instances, parameters}` in, the container's `predictions` and who made them out. */
  async predict(endpointName: string, body: Json | undefined, caller: Caller = shared): Promise<JsonObject> {
    const record = this.#find(endpointName, caller);
    const { instances: given, parameters } = isObject(body) ? body : {};
    const instances = given ?? undefined;
    if (instances !== undefined && !Array.isArray(instances)) {
      throw new ApiError('INVALID_ARGUMENT', "Invalid value at 'instances': expected an array.");
    }
    const request = { instances: instances ?? [], ...(parameters === undefined ? {} : { parameters }) };
    const payload = Buffer.from(JSON.stringify(request));
    const deployment = this.#route(record, payload);
    const { status: _, ...predictions } = await this.#counted(record, deployment, async () => {
      const answer = await deployment.server.predict(
        payload,
        'application/json',
        predictTimeoutMs(record.other),
      );
      if (answer.status !== 200) throw this.#containerError(answer);
      return { status: 200, ...predictionsOf(answer) };
    });
    return {
      ...predictions,
      deployedModelId: deployment.id,
      model: deployment.model,
      modelDisplayName: deployment.modelDisplayName,
      modelVersionId: deployment.modelVersion,
    };
  }

  /** Any bytes in, the container's answer out as it is, whatever its status. */
  async rawPredict(
    endpointName: string,
    payload: Buffer,
    contentType: string,
    caller: Caller = shared,
  ): Promise<RawPrediction> {
    const record = this.#find(endpointName, caller);
    const deployment = this.#route(record, payload);
    const answer = await this.#counted(record, deployment, () =>
      deployment.server.predict(payload, contentType, predictTimeoutMs(record.other)),
    );
    const { id: deployedModelId, model, modelVersion: modelVersionId } = deployment;
    return { ...answer, endpointId: record.id, deployedModelId, model, modelVersionId };
  }

  /** What a deployed model answers counts in Cloud Monitoring, as does that it does not. */
  async #counted<Answer extends { status: number }>(
    { name: endpoint }: EndpointRecord,
    { id: deployedModelId }: Deployment,
    answer: () => Promise<Answer>,
  ): Promise<Answer> {
    const { clock, traffic } = this.#context;
    const started = clock.elapsed();
    const count = (status: number): void =>
      traffic.count({ endpoint, deployedModelId, status, latencyMs: clock.elapsed() - started });
    try {
      const answered = await answer();
      count(answered.status);
      return answered;
    } catch (error) {
      count(asApiError(error).httpStatus);
      throw error;
    }
  }

  #find(name: string, caller: Caller): EndpointRecord {
    const record = this.#endpoints.find(name);
    checkReach(record, caller);
    return record;
  }

  #route(record: EndpointRecord, payload: Buffer): Deployment {
    const limit = record.other.dedicatedEndpointEnabled === true ? maxBytes.dedicated : maxBytes.shared;
    if (payload.length > limit) {
      throw new ApiError('INVALID_ARGUMENT', `Request payload size exceeds the limit: ${limit} bytes.`);
    }
    if (record.trafficSplit.size === 0) {
      throw new ApiError('FAILED_PRECONDITION', `Endpoint ${record.name} doesn't have traffic_split.`);
    }
    let point = this.#choose() * 100;
    for (const [id, share] of record.trafficSplit) {
      point -= share;
      if (point >= 0) continue;
      const deployment = record.deployments.get(id);
      if (deployment !== undefined) return deployment;
      break;
    }
    throw new ApiError('UNAVAILABLE', 'The DeployedModel that the traffic split names is gone.');
  }

  #containerError({ status, body }: HttpAnswer): ApiError {
    const message = body.toString();
    if (status === 400) return new ApiError(this.#context.behaviour.containerBadRequest, message);
    if (status === 404) return new ApiError('NOT_FOUND', message);
    if (status === 429) return new ApiError('RESOURCE_EXHAUSTED', message);
    if (status === 503) return new ApiError('UNAVAILABLE', message);
    if (status === 504) return new ApiError('DEADLINE_EXCEEDED', message);
    return new ApiError(status >= 400 && status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL', message);
  }
}

function predictionsOf({ body }: HttpAnswer): { predictions: Json; metadata?: Json } {
  let answer: Json;
  try {
    answer = parseJson(body.toString());
  } catch (error) {
    throw new ApiError('INTERNAL', 'The model server answered with something else than JSON.', {
      cause: error,
    });
  }
  const { predictions, metadata } = isObject(answer) ? answer : {};
  if (!Array.isArray(predictions))
    throw new ApiError('INTERNAL', 'The model server answered without "predictions".');
  return { predictions, ...(metadata === undefined ? {} : { metadata }) };
}
