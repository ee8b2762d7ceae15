/** The end of a release before it has traffic: overtaken, overdue, refused for good, or needed no more. */
import type { Service } from '../../config/config.ts';
import type { Endpoint, Instant } from '../../world.ts';
import { fail, record, type Action } from '../decisions.ts';
import type { Ledger, Release } from '../ledger/ledger.ts';
import { isDown, isRepair, newerRequest } from '../ledger/queries.ts';
import { lastingRefusal } from '../refusals/lasting.ts';
import { isFenced } from '../traffic/fence.ts';
import { isDeployed, isDeployedBy } from '../traffic/traffic.ts';
import { isParked } from './park.ts';
import { refusedWhileDown } from './recreate.ts';
import { codeWhenOverdue, hopeless, isOverdue, whyOverdue } from './abandon.ts';

/** What a release cannot do without before it has traffic. */
const CALLS_OF_A_RELEASE = [
  'verify',
  'createEndpoint',
  'upload',
  'deploy',
  'shift',
  'fence',
  'look operation',
  'look deployments',
  'look versions',
  'look model',
] as const;

/** Until it has traffic a release can be given up at no cost; from then on it goes back or is brought to its end. */
export function giveUp(
  service: Service,
  ledger: Ledger,
  release: Release,
  seen: { readonly endpoint: Endpoint | undefined },
  now: Instant,
): Action | null {
  const { live } = ledger;
  const next = newerRequest(ledger, release.request);
  // While nothing serves, only a rollback overtakes the release.
  const overtaken = next !== null && (!isDown(ledger) || next.rollback !== undefined);
  const overdue = isOverdue(service, release, now);
  // A repair that an old read has begun: what it was to bring back is there. Or it is wanted no longer.
  const isUnwanted = live !== null && (isParked(ledger) || isDeployed(seen.endpoint, live));
  const needless = isUnwanted && isRepair(ledger, release.request);
  // Traffic for what is gone is refused because it is gone.
  const isGone = release.deployed && seen.endpoint !== undefined && !isDeployedBy(seen.endpoint, release);
  const calls = CALLS_OF_A_RELEASE.filter((call) => call !== 'shift' || !isGone);
  const refusal = lastingRefusal(ledger, ...calls) ?? refusedWhileDown(ledger);
  if (!overtaken && !overdue && !needless && refusal === null) return null;
  // Somebody deposed may have a shift in flight to what is given up here: the fence makes it fail, if it can be had.
  if (
    seen.endpoint !== undefined &&
    isDeployedBy(seen.endpoint, release) &&
    !isFenced(seen.endpoint, ledger) &&
    hopeless(service, ledger, release, 'fence', now) === null
  )
    return { do: 'fence', endpoint: seen.endpoint };
  if (needless) return record({ type: 'repairCancelled' });
  if (overtaken) return record({ type: 'requeued' });
  if (refusal !== null) return fail(refusal.code, refusal.detail);
  return fail(codeWhenOverdue(ledger, release), whyOverdue(ledger, release));
}

/** What the release can be ended with although the endpoint cannot be read. Null: it is worth another look. */
export function unseen(service: Service, ledger: Ledger, release: Release, now: Instant): Action | null {
  const refusal = hopeless(service, ledger, release, 'look endpoints', now);
  if (refusal === null) return null;
  const hasTraffic = release.served === true || release.stepSince !== undefined;
  if (!hasTraffic) return fail(refusal.code, refusal.detail);
  return record({ type: 'trafficStuck', detail: `the endpoint cannot be read; ${refusal.detail}` });
}
