/** What the endpoint has that the ledger does not want: what the engine itself would do about a service at rest. */
import type { Service } from '../../../functions/config/config.ts';
import { withoutHold } from '../../../functions/release/steps/hold.ts';
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import { hasWork } from '../../../functions/release/ledger/queries.ts';
import type { Endpoint } from '../../../functions/world.ts';
import { rehearse } from '../plan/rehearsal.ts';
import type { Call } from '../../../functions/rehearsal/call.ts';
import { takeSnapshot } from '../plan/snapshot.ts';
import { durationsOf } from '../../../functions/release/view/estimate.ts';
import { splitText } from '../plan/text.ts';
import { scaleOf, scaleText } from '../../../functions/release/view/scale.ts';
import { standbyScale } from '../../../functions/release/steps/scale.ts';
import { driftOf } from '../../../functions/release/view/drift.ts';
import { withStatedDigests } from '../plan/stated-digests.ts';
import type { Session } from '../../session.ts';

export interface Drift {
  /** The call that fixes it. */
  readonly mendedBy: string;
  readonly text: string;
}

/**
 * None while a release or a tick is at work: then the endpoint is meant to change. On hold nothing is mended, and
 * what waits goes on waiting; what has drifted is told all the same.
 */
export async function findDrift(session: Session, service: Service, ledger: Ledger): Promise<Drift[]> {
  const { config, world } = session;
  const now = world.clock.now();
  // Of a park it is what the next tick undeploys.
  const isEmptying = ledger.parked !== undefined && ledger.parked.emptied !== true;
  if (hasWork(ledger) || isEmptying || ledger.release !== null) return [];
  if (ledger.lease !== null && ledger.lease.until > now) return [];
  const { snapshot } = await takeSnapshot({ config, service, vertex: world.vertex }, ledger, now);
  const resumed = { ...withoutHold(ledger, now), queue: [] };
  const { calls } = await rehearse(config, service, resumed, {
    snapshot,
    durations: durationsOf(ledger),
    artifacts: withStatedDigests(world.artifacts),
    now,
  });
  return driftIn(calls, service, ledger, snapshot.endpoints[0]);
}

/** A live model that has to be deployed again is the whole story: what follows from it is left out. */
export function driftIn(
  calls: readonly Call[],
  service: Service,
  ledger: Ledger,
  endpoint: Endpoint | undefined,
): Drift[] {
  const drift: Drift[] = [];
  for (const call of calls) {
    const text = driftText(call, service, ledger, endpoint);
    if (text !== null) drift.push({ mendedBy: call.method, text });
    if (call.method === 'CreateEndpoint' || call.method === 'UploadModel' || call.method === 'DeployModel')
      break;
  }
  return drift;
}

function driftText(
  { method, target, arguments: args }: Call,
  service: Service,
  ledger: Ledger,
  endpoint: Endpoint | undefined,
): string | null {
  const { live } = ledger;
  switch (method) {
    case 'CreateEndpoint':
    case 'DeployModel':
      return driftOf(service, ledger, endpoint);
    case 'UpdateEndpointLongRunning':
      return 'the endpoint has another timeout than endpoint.timeout';
    case 'UpdateEndpoint':
      if (args['requestLogging'] !== undefined)
        return 'the endpoint logs requests otherwise than endpoint.requestLogging says';
      if (args['trafficSplit'] === undefined) return null;
      // With nothing live the traffic of what failed goes back.
      return (
        driftOf(service, ledger, endpoint) ?? `the traffic is expected ${splitText(args['trafficSplit'])}`
      );
    case 'UploadModel':
      return `version ${live?.request.version} of the live model is gone`;
    case 'UndeployModel':
      return `deployed model ${String(args['deployedModelId'])} has no traffic and is still deployed`;
    case 'MergeVersionAliases':
      return `version ${live?.request.version} does not carry the aliases live and default`;
    case 'DeleteModelVersion':
      return `${target.slice(target.lastIndexOf('/') + 1)} is kept beyond keepVersions`;
    case 'MutateDeployedModel': {
      const id = String(args['deployedModelId']);
      const { scale } = endpoint?.deployedModels.find((model) => model.id === id) ?? {};
      const wanted = id === live?.deployedModel ? scaleOf(service.serving) : standbyScale(service);
      return `deployed model ${id} has ${scale === undefined ? 'another scale' : scaleText(scale)}, expected ${scaleText(wanted)}`;
    }
    default:
      return null;
  }
}
