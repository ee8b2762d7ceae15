/** google.cloud.aiplatform.v1.BatchPredictionJob, as far as the emulator acts on it. */
import { Type } from 'typebox';
import type { Static } from 'typebox';

import { ContainerSpec, int, keep, Labels, MachineSpec, strict, text } from '../schemas.ts';

const strings = Type.Optional(Type.Array(Type.String()));
const BigQuery = Type.Object({ inputUri: text, outputUri: text }, strict);

export const BatchPredictionJob = Type.Object(
  {
    name: text,
    displayName: text,
    model: text,
    unmanagedContainerModel: Type.Optional(
      Type.Object(
        { artifactUri: text, containerSpec: Type.Optional(ContainerSpec), ...keep('predictSchemata') },
        strict,
      ),
    ),
    inputConfig: Type.Optional(
      Type.Object(
        {
          instancesFormat: text,
          gcsSource: Type.Optional(Type.Object({ uris: strings }, strict)),
          bigquerySource: Type.Optional(BigQuery),
          ...keep('vertexMultimodalDatasetSource'),
        },
        strict,
      ),
    ),
    instanceConfig: Type.Optional(
      Type.Object(
        { instanceType: text, keyField: text, includedFields: strings, excludedFields: strings },
        strict,
      ),
    ),
    modelParameters: Type.Optional(Type.Unknown()),
    outputConfig: Type.Optional(
      Type.Object(
        {
          predictionsFormat: text,
          gcsDestination: Type.Optional(Type.Object({ outputUriPrefix: text }, strict)),
          bigqueryDestination: Type.Optional(BigQuery),
          ...keep('vertexMultimodalDatasetDestination'),
        },
        strict,
      ),
    ),
    dedicatedResources: Type.Optional(
      Type.Object(
        {
          machineSpec: Type.Optional(MachineSpec),
          startingReplicaCount: int,
          maxReplicaCount: int,
        },
        strict,
      ),
    ),
    serviceAccount: text,
    manualBatchTuningParameters: Type.Optional(Type.Object({ batchSize: int }, strict)),
    generateExplanation: Type.Optional(Type.Boolean()),
    labels: Type.Optional(Labels),
    disableContainerLogging: Type.Optional(Type.Boolean()),
    ...keep('explanationSpec', 'encryptionSpec', 'modelVersionId', 'outputInfo', 'state', 'error'),
    ...keep('partialFailures', 'resourcesConsumed', 'completionStats', 'satisfiesPzs', 'satisfiesPzi'),
    ...keep('createTime', 'startTime', 'endTime', 'updateTime'),
  },
  strict,
);
export type BatchPredictionJob = Static<typeof BatchPredictionJob>;
