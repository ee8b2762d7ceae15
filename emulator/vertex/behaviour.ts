/**
 * What no public source settles about Vertex AI, one switch each. The default is the answer that asks
 * the least of a client; a client should hold under every other one too.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';

import { ApiError } from '../core/errors.ts';

function either<Names extends string[]>(...names: [...Names]) {
  return Type.Enum(names);
}
const milliseconds = Type.Integer({ minimum: 0 });
const strict = { additionalProperties: false };

export const Behaviour = Type.Object(
  {
    /** The answer to an update with an etag that is not the current one. */
    staleEtag: either('ABORTED', 'FAILED_PRECONDITION', 'INVALID_ARGUMENT', 'ignored'),
    /** Whether the end of DeployModel changes the endpoint's etag, as UpdateEndpoint does. */
    deployChangesEtag: Type.Boolean(),
    /** The same for UndeployModel. */
    undeployChangesEtag: Type.Boolean(),
    /** DeployModel, UndeployModel or MutateDeployedModel while another of them runs on the endpoint. */
    concurrentOperations: either('accepted', 'FAILED_PRECONDITION', 'ABORTED'),
    /** UpdateEndpoint while one of those operations runs on the endpoint. */
    updateDuringOperation: either('accepted', 'FAILED_PRECONDITION', 'ABORTED'),
    /** DeployModel with an id that is deploying or deployed. `accepted`: it joins the deployment there is. */
    duplicateDeployedId: either('ALREADY_EXISTS', 'INVALID_ARGUMENT', 'accepted'),
    /** When a deployed model first shows in its endpoint. */
    deployedModelVisible: either('when-deployed', 'at-once'),
    /** How long a deployed model whose deployment failed still shows in its endpoint. */
    failedDeploymentLingersMs: milliseconds,
    /** The split after DeployModel without a split on an endpoint that has none. */
    firstDeploymentSplit: either('empty', 'all'),
    /** A split that gives traffic to a model which is still deploying, or already undeploying. */
    splitToUnfinished: either('rejected', 'accepted'),
    /** How long a model version counts as deployed after UndeployModel is done. */
    undeployLagMs: milliseconds,
    /** DeleteModelVersion of the default version. `accepted`: the newest other one becomes the default. */
    deleteDefaultVersion: either('FAILED_PRECONDITION', 'accepted'),
    /** UploadModel with the id of a model whose upload still runs. `accepted`: the later operation fails. */
    modelIdInFlight: either('ALREADY_EXISTS', 'accepted'),
    /** Whether the labels of a model's first upload belong to that version or to the model. */
    firstUploadLabels: either('version', 'model'),
    /** Whether GetModel of a version answers with the name `…@VERSION` or without it. */
    versionedModelName: either('versioned', 'bare'),
    /** Where an image that does not exist is noticed. */
    missingImage: either('deploy', 'upload'),
    /** UploadModel of a folder without objects. */
    emptyArtifact: either('FAILED_PRECONDITION', 'accepted'),
    /** Cancelling the operation of DeployModel. */
    cancelDeployment: either('undone', 'ignored'),
    /** GetEndpoint and ListEndpoints may answer with a state that is this old. */
    staleReadMs: milliseconds,
    /** The status that a container's answer 400 to Predict becomes. */
    containerBadRequest: either('INVALID_ARGUMENT', 'FAILED_PRECONDITION'),
    /** How many models one endpoint takes; 0 stands for any number. */
    maxDeployedModels: Type.Integer({ minimum: 0 }),
    /** How long an answer to a prediction takes to show in Cloud Monitoring; really some minutes. */
    metricsLagMs: milliseconds,
    /** How long a container's line takes to show in Cloud Logging; really some seconds. */
    logsLagMs: milliseconds,
    /** The names of a batch job's files: what jobs with custom containers write, or what the proto says. */
    batchFileNames: either('prediction.results', 'predictions'),
    /** The field of a result that holds the value of the key field: `key`, or the key field's own name. */
    batchKey: either('key', 'own-name'),
    /** Whether a batch job without a failed row writes files of errors too, which are empty then. */
    batchErrorFiles: either('always', 'when-rows-fail'),
    /** A batch job of a custom model that is to write CSV, which GetModel does not list among its formats. */
    batchCsvOutput: either('INVALID_ARGUMENT', 'written'),
    /** What a post that fails costs: every row of it, or those that fail again alone. */
    batchFailure: either('batch', 'row'),
    /** How often a batch job posts again what was not answered with 200. */
    batchRetries: Type.Integer({ minimum: 0, maximum: 10 }),
    /** The share of failed rows at which a batch job attempts no further ones; 0: it attempts all. */
    batchStopsAtPercent: Type.Integer({ minimum: 0, maximum: 100 }),
    /** The state of a batch job of which some rows failed. */
    batchSomeFailed: either('JOB_STATE_PARTIALLY_SUCCEEDED', 'JOB_STATE_SUCCEEDED'),
    /** Whether `model_parameters` reach a custom container as `parameters`. */
    batchParameters: either('dropped', 'sent'),
    /** What a batch job's container finds in AIP_ENDPOINT_ID and AIP_DEPLOYED_MODEL_ID: nothing, or ids of its own. */
    batchEndpointId: either('absent', 'own'),
    /** CancelBatchPredictionJob of a job that has finished. */
    cancelFinishedJob: either('accepted', 'FAILED_PRECONDITION'),
    /** DeleteModel and DeleteModelVersion of what a batch job runs with. `accepted`: a job that has started goes on. */
    deleteModelInBatch: either('accepted', 'FAILED_PRECONDITION'),
  },
  strict,
);
export type Behaviour = Static<typeof Behaviour>;

const PartialBehaviour = Type.Partial(Behaviour, strict);

export const defaultBehaviour: Behaviour = {
  staleEtag: 'ABORTED',
  deployChangesEtag: true,
  undeployChangesEtag: true,
  concurrentOperations: 'accepted',
  updateDuringOperation: 'accepted',
  duplicateDeployedId: 'ALREADY_EXISTS',
  deployedModelVisible: 'when-deployed',
  failedDeploymentLingersMs: 0,
  firstDeploymentSplit: 'empty',
  splitToUnfinished: 'rejected',
  undeployLagMs: 0,
  deleteDefaultVersion: 'FAILED_PRECONDITION',
  modelIdInFlight: 'ALREADY_EXISTS',
  firstUploadLabels: 'version',
  versionedModelName: 'versioned',
  missingImage: 'deploy',
  emptyArtifact: 'FAILED_PRECONDITION',
  cancelDeployment: 'undone',
  staleReadMs: 0,
  containerBadRequest: 'INVALID_ARGUMENT',
  maxDeployedModels: 0,
  metricsLagMs: 0,
  logsLagMs: 0,
  batchFileNames: 'prediction.results',
  batchKey: 'key',
  batchErrorFiles: 'always',
  batchCsvOutput: 'INVALID_ARGUMENT',
  batchFailure: 'batch',
  batchRetries: 2,
  batchStopsAtPercent: 50,
  batchSomeFailed: 'JOB_STATE_PARTIALLY_SUCCEEDED',
  batchParameters: 'dropped',
  batchEndpointId: 'absent',
  cancelFinishedJob: 'accepted',
  deleteModelInBatch: 'accepted',
};

/** Some of the switches. Throws INVALID_ARGUMENT, naming the first that is wrong. */
export function parseBehaviour(value: unknown): Partial<Behaviour> {
  if (Value.Check(PartialBehaviour, value)) return value;
  const [problem] = Value.Errors(PartialBehaviour, value);
  throw new ApiError(
    'INVALID_ARGUMENT',
    `behaviour${problem?.instancePath ?? ''} ${problem?.message ?? 'is wrong'}`,
  );
}
