/** The reads with which a rehearsal begins: what Vertex AI has of the service now. */
import type { Config, Service } from '../../../functions/config/config.ts';
import { durationsOf } from '../../../functions/release/view/estimate.ts';
import { deployedModelName, endpointId, LABELS, modelId } from '../../../functions/release/ids.ts';
import type { Ledger, Pending } from '../../../functions/release/ledger/ledger.ts';
import type { Vertex } from '../../../functions/world.ts';
import { deployed, undeployed, type Effect, type Snapshot } from './simulated-vertex.ts';

/** The ledger to rehearse on comes back with it: in it the current operation has a name. */
export async function takeSnapshot(
  { config, service, vertex }: { config: Config; service: Service; vertex: Vertex },
  ledger: Ledger,
  now: number,
): Promise<{ snapshot: Snapshot; ledger: Ledger }> {
  const known = ledger.endpoint === null ? null : await vertex.getEndpoint(ledger.endpoint);
  const endpoints = known === null ? await vertex.findEndpoints(service.endpoint) : [known];
  const versions = await vertex.listVersions(modelId(service.name));
  if (ledger.pending === null) return { snapshot: { endpoints, versions, underWay: null }, ledger };

  const pending = { ...ledger.pending, name: ledger.pending.name ?? 'current operation' };
  const ends = Math.max(now + 1_000, pending.since + durationsOf(ledger)[pending.kind]);
  const effect = effectOf(config, service, ledger, pending, now);
  return {
    snapshot: { endpoints, versions, underWay: { name: pending.name, ends, effect } },
    ledger: { ...ledger, pending },
  };
}

/** What the operation will have made. */
function effectOf(config: Config, service: Service, ledger: Ledger, pending: Pending, now: number): Effect {
  const parent = `projects/${config.project}/locations/${config.region}`;
  const model = `${parent}/models/${modelId(service.name)}`;
  const endpoint = ledger.endpoint ?? '';
  const release = ledger.release?.request;
  switch (pending.kind) {
    case 'createEndpoint':
      return (state) => {
        const name = `${parent}/endpoints/${endpointId(service.endpoint)}`;
        const labels = new Map([[LABELS.service, service.name]]);
        const made = { name, displayName: service.endpoint, etag: '', labels, deployedModels: [] };
        const shared = { dedicatedDns: null, isPrivate: false };
        if (state.endpoints.length === 0) state.endpoints = [{ ...made, traffic: new Map(), ...shared }];
      };
    case 'upload':
      return (state) => {
        if (state.versions.some((v) => v.labels.get(LABELS.release) === release?.id)) return;
        const version = String(1 + Math.max(0, ...state.versions.map((v) => Number(v.version))));
        const labels = new Map([[LABELS.release, release?.id ?? '']]);
        const made = { model, version, labels, aliases: [], description: '', createdAt: now };
        state.versions = [made, ...state.versions];
      };
    case 'deploy':
      return deployed(endpoint, {
        id: pending.subject,
        model,
        version: release?.version ?? '',
        displayName: deployedModelName('', release?.id ?? '', ledger.release?.attempt ?? 1),
      });
    case 'undeploy':
      return undeployed(endpoint, pending.subject);
    case 'deleteVersion':
      return (state) => {
        state.versions = state.versions.filter((v) => v.version !== pending.subject);
      };
    default:
      return pending.kind satisfies never;
  }
}
