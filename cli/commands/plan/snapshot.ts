/** The reads with which a rehearsal begins: what Vertex AI has of the service now. */
import { isOfRegistry, uriOf } from '../../../common/artifact/uri.ts';
import type { Config, Service } from '../../../functions/config/config.ts';
import { durationsOf } from '../../../functions/release/view/estimate.ts';
import { deployedModelName, endpointId, LABELS, modelName } from '../../../functions/release/ids.ts';
import { deployedFrom } from '../../../functions/release/requests/foreign-model.ts';
import type { Ledger, Pending, Request } from '../../../functions/release/ledger/ledger.ts';
import type { Endpoint, ModelVersion, RegistryModel, Vertex } from '../../../functions/world.ts';
import type { InMemoryVertex } from '../../../functions/rehearsal/in-memory-vertex.ts';

/** What Vertex AI has of one service when the rehearsal begins. */
export interface Snapshot {
  readonly endpoints: readonly Endpoint[];
  readonly versions: readonly ModelVersion[];
  /** Those of the registry that the ledger's releases, or the one that is asked for, have. */
  readonly registry: readonly RegistryModel[];
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
  const endpoints = known === null ? await vertex.findEndpoints(service.parent, service.endpoint) : [known];
  const versions = await vertex.listVersions(modelName(service));
  const registry = await registryOf(vertex, service, ledger);
  if (ledger.pending === null)
    return { snapshot: { endpoints, versions, registry, inProgress: null }, ledger };

  const pending = { ...ledger.pending, name: ledger.pending.name ?? 'current operation' };
  const ends = Math.max(now + 1_000, pending.since + durationsOf(ledger)[pending.kind]);
  const effect = effectOf(config, service, ledger, pending);
  return {
    snapshot: { endpoints, versions, registry, inProgress: { name: pending.name, ends, effect } },
    ledger: { ...ledger, pending },
  };
}

/** What is live, stands by or waits may be deployed again. */
async function registryOf(vertex: Vertex, service: Service, ledger: Ledger): Promise<RegistryModel[]> {
  const { queue, release, live, previous } = ledger;
  const requests = [...queue, release?.request, live?.request, previous?.live.request];
  const found = requests.flatMap((request) =>
    request === undefined || !isOfRegistry(request)
      ? []
      : versionsOf(service, request).map(([model, version]) => vertex.getVersion(model, version)),
  );
  return (await Promise.all(found)).filter((model) => model !== null);
}

/** What the request names, and the copy that it deploys where that is another one. */
function versionsOf(service: Service, request: Request): [model: string, version: string][] {
  const { marker, generation } = request;
  const { model, version } = deployedFrom(service, request);
  return model === marker
    ? [[model, version]]
    : [
        [marker, generation],
        [model, version],
      ];
}

/** What the operation will have made. */
function effectOf(config: Config, service: Service, ledger: Ledger, pending: Pending): Effect {
  const model = modelName(service);
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
        if (release !== undefined && isOfRegistry(release)) {
          const source = uriOf(release);
          const from = vertex.foreignVersions.find(({ version: v }) => `${v.model}@${v.version}` === source);
          if (from !== undefined) vertex.addCopy(deployedFrom(service, release).model, from);
          return;
        }
        if (vertex.versions.some((v) => v.labels.get(LABELS.release) === release?.id)) return;
        vertex.addVersion({ model, description: '', labels: new Map([[LABELS.release, release?.id ?? '']]) });
      };
    case 'deploy': {
      const displayName = deployedModelName('', release?.id ?? '', ledger.release?.attempt ?? 1);
      const isForeign = release !== undefined && isOfRegistry(release);
      const of = isForeign ? deployedFrom(service, release).model : model;
      const made = { id: pending.subject, model: of, version: release?.version ?? '', displayName };
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
