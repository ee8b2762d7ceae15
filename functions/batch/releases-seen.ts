/** What the ledger of the releases says of who may answer a batch. It is read, and never written, from here. */
import { isOfRegistry } from '../../common/artifact/uri.ts';
import type { Service } from '../config/config.ts';
import { Problem } from '../errors.ts';
import { readLedger } from '../release/ledger/leased-ledger.ts';
import type { Ledger } from '../release/ledger/ledger.ts';
import { deployedFrom } from '../release/requests/foreign-model.ts';
import type { World } from '../world.ts';
import type { ReleasesSeen } from './decisions.ts';

/** Throws a CallError. */
export async function lookAtReleases(world: World, service: Service): Promise<ReleasesSeen> {
  let ledger: Ledger | null;
  try {
    ledger = await readLedger(world, service.name);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { live: null, isOnHold: false, isUnknown: true, rolledBack: [] };
  }
  if (ledger === null) return { live: null, isOnHold: false, rolledBack: [] };
  return {
    live: liveOf(service, ledger),
    isOnHold: ledger.hold !== undefined,
    rolledBack: rolledBackIn(ledger),
  };
}

/** In a canary the live model, not the candidate: what is live has finished its last bake. */
function liveOf(service: Service, { live }: Ledger): ReleasesSeen['live'] {
  if (live === null || live.request.version === null) return null;
  return {
    release: live.request.id,
    version: live.request.version,
    ...(isOfRegistry(live.request) && { model: deployedFrom(service, live.request).model }),
    signature: live.signature ?? null,
  };
}

/** Releases that were live: what never was has answered no batch. */
function rolledBackIn({ live, outcomes }: Ledger): string[] {
  const from = live?.request.rollback?.from;
  const ended = outcomes.filter(
    ({ result, cause }) => result === 'RolledBack' || cause?.code === 'ROLLED_BACK',
  );
  return [...(from === undefined ? [] : [from]), ...ended.map(({ release }) => release)];
}
