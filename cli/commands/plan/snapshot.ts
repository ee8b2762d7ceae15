/** The reads with which a rehearsal begins: what Vertex AI has of the service now. */
import type { Config, Service } from '../../../functions/config/config.ts';
import { durationsOf } from '../../../functions/release/view/estimate.ts';
import { deployedModelName, endpointId, LABELS, modelId } from '../../../functions/release/ids.ts';
import type { Ledger, Pending } from '../../../functions/release/ledger/ledger.ts';
import type { Endpoint, ModelVersion, Vertex } from '../../../functions/world.ts';
import type { InMemoryVertex } from '../../../functions/rehearsal/in-memory-vertex.ts';

/** What Vertex AI has of one service when the rehearsal begins. */
export interface Snapshot {
  readonly endpoints: readonly Endpoint[];
  readonly versions: readonly ModelVersion[];
  /** The current operation, and what it will have made when it is done. */
  readonly inProgress: { readonly name: string; readonly ends: number; readonly effect: Effect } | null;
}

type Effect = (vertex: InMemoryVertex) => void;

/** The ledger to rehearse on comes back with it: in it the current operation has a name. */
export async function takeSnapshot(
  { config, service, vertex }: { config: Config; service: Service; vertex: Vertex },
  ledger: Ledger,
  now: number,
): Promise<{ snapshot: Snapshot; ledger: Ledger }> {
  const known = ledger.endpoint === null ? null : await vertex.getEndpoint(ledger.endpoint);
  const endpoints = known === null ? await vertex.findEndpoints(service.endpoint) : [known];
  const versions = await vertex.listVersions(modelId(service.name));
  if (ledger.pending === null) return { snapshot: { endpoints, versions, inProgress: null }, ledger };

  const pending = { ...ledger.pending, name: ledger.pending.name ?? 'current operation' };
  const ends = Math.max(now + 1_000, pending.since + durationsOf(ledger)[pending.kind]);
  const effect = effectOf(config, service, ledger, pending);
  return {
    snapshot: { endpoints, versions, inProgress: { name: pending.name, ends, effect } },
    ledger: { ...ledger, pending },
  };
}

/** What the operation will have made. */
function effectOf(config: Config, service: Service, ledger: Ledger, pending: Pending): Effect {
  const parent = `projects/${config.project}/locations/${config.region}`;
  const model = `${parent}/models/${modelId(service.name)}`;
  const endpoint = ledger.endpoint ?? '';
  const release = ledger.release?.request;
  switch (pending.kind) {
    case 'createEndpoint':
      return (vertex) => {
        const labels = new Map([[LABELS.service, service.name]]);
        if (vertex.endpoints.size === 0)
          vertex.addEndpoint(endpointId(service.endpoint), service.endpoint, labels);
      };
    case 'upload':
      return (vertex) => {
        if (vertex.versions.some((v) => v.labels.get(LABELS.release) === release?.id)) return;
        vertex.addVersion({ model, description: '', labels: new Map([[LABELS.release, release?.id ?? '']]) });
      };
    case 'deploy': {
      const displayName = deployedModelName('', release?.id ?? '', ledger.release?.attempt ?? 1);
      const made = { id: pending.subject, model, version: release?.version ?? '', displayName };
      return (vertex) => vertex.addDeployed(endpoint, made);
    }
    case 'undeploy':
      return (vertex) => vertex.removeDeployed(endpoint, pending.subject);
    case 'deleteVersion':
      return (vertex) => vertex.removeVersion(model, pending.subject);
    default:
      return pending.kind satisfies never;
  }
}
