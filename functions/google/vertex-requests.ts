/**
 * The engine's requests → Vertex AI's resources. Models, and the endpoints that Slipway makes, get the project's own key
 * and labels; a DeployedModel has neither (endpoint.proto).
 */
import type { protos } from '@google-cloud/aiplatform';
import type { Config } from '../config/config.ts';
import type { DeployRequest, UploadRequest } from '../world.ts';

type Labels = ReadonlyMap<string, string>;
type AcceleratorType = keyof typeof protos.google.cloud.aiplatform.v1.AcceleratorType;

/** What a project asks of everything that is made in it. */
export type Marks = Pick<Config, 'kmsKey' | 'labels'>;

export function toModel(request: UploadRequest, marks: Marks) {
  return {
    displayName: request.displayName,
    versionDescription: request.description,
    artifactUri: request.artifactUri,
    ...marked(request.labels, marks),
    containerSpec: {
      imageUri: request.image,
      predictRoute: request.predictRoute,
      healthRoute: request.healthRoute,
      ports: [{ containerPort: request.port }],
      env: [...request.env].map(([name, value]) => ({ name, value })),
    },
  };
}

export function toNewEndpoint(displayName: string, labels: Labels, marks: Marks) {
  return { displayName, ...marked(labels, marks) };
}

/** Slipway's own labels say whose a resource is: no other one stands in their place. */
function marked(labels: Labels, marks: Marks) {
  return {
    labels: Object.fromEntries([...marks.labels, ...labels]),
    ...(marks.kmsKey !== null && { encryptionSpec: { kmsKeyName: marks.kmsKey } }),
  };
}

export function toDeployedModel(request: DeployRequest) {
  return {
    id: request.id,
    displayName: request.displayName,
    model: `${request.model}@${request.version}`,
    dedicatedResources: {
      machineSpec: {
        machineType: request.machineType,
        ...acceleratorOf(request.accelerator),
      },
      minReplicaCount: request.minReplicas,
      maxReplicaCount: request.maxReplicas,
    },
    ...(request.serviceAccount !== null && { serviceAccount: request.serviceAccount }),
  };
}

/** What a machine has beside its type. */
export function acceleratorOf(accelerator: DeployRequest['accelerator']) {
  if (accelerator === null) return {};
  return {
    // The client leaves out, without a word, a name that its enum lacks: the configuration is checked against it.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    acceleratorType: accelerator.type as AcceleratorType,
    acceleratorCount: accelerator.count,
  };
}
