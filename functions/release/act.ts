/**
 * Does what `plan` decided: at most one call that changes Vertex AI. The intent is in the ledger before the call,
 * so that the next tick after a crash knows what to look for.
 */
import { configureEndpoint } from './calls/configure-endpoint.ts';
import { deleteVersion } from './calls/delete-version.ts';
import { deployRequest } from './calls/requests.ts';
import { moveAliases } from './calls/move-aliases.ts';
import { mutate } from './calls/mutate.ts';
import { startOperation } from './calls/start-operation.ts';
import { shift, updateEndpoint } from './calls/update-endpoint.ts';
import { undeploy } from './calls/undeploy.ts';
import { upload } from './calls/upload.ts';
import { examine, explain } from './checks/examine.ts';
import type { TickContext } from './context.ts';
import type { Action } from './decisions.ts';
import { judge } from './gates/judge.ts';
import { endpointId, LABELS } from './ids.ts';
import { recordTransition } from './ledger/record.ts';
import { publishOutcome } from './publish/publish-outcome.ts';

/** What changes something: reads, waits and the end are the tick's. */
type Effect = Exclude<Action, { do: 'look' | 'wait' | 'stop' }>;

/** Rejects with a CallError if the call failed in a way that only another look can settle. */
export async function act(context: TickContext, action: Effect): Promise<void> {
  const { service, world, held } = context;
  held.assertHeld();
  switch (action.do) {
    case 'record':
      return recordTransition(context, action.change);
    case 'announce':
      return publishOutcome(context, action);
    case 'verify':
      return recordTransition(context, await examine(context, action.request));
    case 'createEndpoint': {
      const { parent, endpoint, endpointSettings } = service;
      const labels = new Map([...service.labels, [LABELS.service, service.name]]);
      return startOperation(context, 'createEndpoint', endpoint, () =>
        world.vertex.createEndpoint(parent, endpointId(endpoint), endpoint, labels, endpointSettings),
      );
    }
    case 'upload':
      return upload(context, action.release);
    case 'copy':
      return startOperation(context, 'upload', action.release.request.id, () =>
        world.vertex.copy(action.request),
      );
    case 'deploy': {
      const request = deployRequest(service, action);
      return startOperation(context, 'deploy', request.id, () => world.vertex.deploy(request));
    }
    case 'shift':
      return shift(context, action);
    case 'judge': {
      const trial = { ...action, candidate: action.candidate.id };
      return recordTransition(context, {
        type: 'judged',
        ...(await judge(service, held.ledger, world, trial)),
      });
    }
    case 'explain':
      return recordTransition(context, await explain(context, action));
    case 'fence':
      return updateEndpoint(context, action.endpoint);
    case 'configure':
      return configureEndpoint(context, action);
    case 'moveAliases':
      return moveAliases(context, action);
    case 'undeploy':
      return undeploy(context, action.endpoint, action.id);
    case 'deleteVersion':
      return deleteVersion(context, action.version);
    case 'mutate':
      return mutate(context, action);
    default:
      return action satisfies never;
  }
}
