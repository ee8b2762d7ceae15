/** Reads Vertex AI for `plan`, and says how long what was read stands. */
import type { Service } from '../config/config.ts';
import type { Endpoint, World } from '../world.ts';
import type { TickContext } from './context.ts';
import type { Action, Observed } from './decisions.ts';
import { LABELS, modelName } from './ids.ts';
import type { Ledger } from './ledger/ledger.ts';
import { deployedFrom } from './requests/foreign-model.ts';
import { TRANSITIONS } from './ledger/transition.ts';

export async function observe(
  service: Service,
  ledger: Ledger,
  world: World,
  action: Extract<Action, { do: 'look' }>,
): Promise<Observed> {
  const { vertex } = world;
  if (action.at === 'abandoned') {
    const { operation: of } = action;
    return { abandoned: { of, operation: await vertex.getOperation(of.name) } };
  }
  const { at } = action;
  if (at === 'versions') return { versions: await vertex.listVersions(modelName(service)) };
  if (at === 'model') {
    const { release } = ledger;
    if (release === null) return { model: null };
    const { model, version } = deployedFrom(service, release.request);
    return { model: (await vertex.getVersion(model, version))?.version ?? null };
  }
  if (at === 'operation') return { operation: await vertex.getOperation(ledger.pending?.name ?? '') };
  if (at === 'scaling') return { scaling: await vertex.getOperation(ledger.scaling?.name ?? '') };
  if (at === 'deployments') return { deployments: await vertex.listDeployments(ledger.endpoint ?? '') };
  if (ledger.endpoint === null)
    return { endpoints: await vertex.findEndpoints(service.parent, service.endpoint) };
  const endpoint = await vertex.getEndpoint(ledger.endpoint);
  return { endpoints: endpoint === null ? [] : [endpoint] };
}

/** What still stands of what was seen: nothing, unless the action follows from it and leaves it as it is. */
export function stillValid(seen: Observed, action: Action): Observed {
  if (action.do === 'announce' || action.do === 'verify') return seen;
  if (action.do === 'moveAliases') return seen.endpoints ? { endpoints: seen.endpoints } : {};
  if (action.do !== 'record' || !TRANSITIONS[action.change.type].keepsObserved) return {};
  if (action.change.type === 'endpointRecorded' && action.change.endpoint === null) return {};
  const { operation: _, ...rest } = seen;
  return rest;
}

/**
 * An endpoint that carries a higher epoch than ours was written by our successor: we are deposed. If the ledger is
 * still ours all the same, it is younger than the endpoint (it was rebuilt), and its epoch is raised.
 */
export async function checkFence(
  { world, held }: TickContext,
  endpoint: Endpoint | undefined,
): Promise<void> {
  const label = Number(endpoint?.labels.get(LABELS.epoch) ?? 0);
  if (!Number.isSafeInteger(label) || label <= held.ledger.epoch) return;
  await held.refresh();
  // No ledger of ours can have come so far: our next update writes over it.
  if (label > world.clock.now() / 1_000 + EPOCHS_AHEAD) return;
  await held.save((ledger) => ({ ...ledger, epoch: label + 1 }));
}

/** Epochs follow the seconds of the clock (`emptyLedger`); a day is more than clocks can differ by. */
const EPOCHS_AHEAD = 86_400;
