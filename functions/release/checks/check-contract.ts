/**
 * Whether the callers of a service can go on with a candidate: without an interface it is compared with the live model,
 * with one it has to fit, and the interface is compared with that of the live release.
 */
import type { Features } from '../../../common/artifact/features.ts';
import type { Interface } from '../../../common/artifact/interface.ts';
import { LOG } from '../../../common/log-messages.ts';
import { Problem } from '../../errors.ts';
import type { TickContext } from '../context.ts';
import { keptInterface, keptSignature } from '../ledger/kept-contract.ts';
import type { Live, Request } from '../ledger/ledger.ts';
import { isRepair } from '../ledger/queries.ts';
import type { Transition } from '../ledger/transition.ts';
import { adoption, compareContract, compareInterfaces, readSignature, type Comparison } from './contract.ts';
import { misfits } from './interface-fit.ts';
import { readMapping } from './mapping.ts';
import type { Signature } from './signature.ts';
import type { Verified } from './verify.ts';

/** Of what a model does not fit in, before the rest is a number. */
const MISFITS_SHOWN = 5;

/** The transition that the contract leads to: verified, or a failed attempt. Null: no file of the model can be read. */
export async function checkContract(
  context: TickContext,
  request: Request,
  verified: Verified | null,
): Promise<Transition> {
  const { service, world, held, log } = context;
  const contract = contractFor(context, request);
  const passes = { type: 'verified', signature: null, interface: contract, verdict: null } as const;
  if (!service.rollout.gates.contract) return passes;
  const signature = verified === null ? null : await readSignature(world.artifacts, verified);
  // What goes back goes back to what callers had before.
  if (request.rollback !== undefined) return { ...passes, signature };
  if (contract !== null && verified !== null) {
    const misfit = await misfitOf(context, verified, signature, contract);
    if (misfit !== null) return misfit;
  }
  const compared = compare(held.ledger.live, signature, contract, service.rollout.strategy === 'canary');
  if (compared === null) return { ...passes, signature };

  const { verdict, reason } = compared;
  log.info({ release: request.id, gate: 'contract', verdict, reason }, LOG.gateJudged);
  const isOverridden = verdict === 'fail' && request.overrideContract === true;
  if (verdict === 'fail' && !isOverridden)
    return { type: 'attemptFailed', code: 'CONTRACT_BROKEN', detail: reason, again: false };
  const told = isOverridden ? `Overridden by the request. ${reason}` : reason;
  const at = world.clock.now();
  const passed = { gate: 'contract', step: 0, verdict: 'pass', reason: told.slice(0, 400), at } as const;
  return { ...passes, signature, verdict: passed };
}

/** The interface that the release has: what brings back a model brings back its own. */
export function contractFor({ service, held }: TickContext, request: Request): Interface | null {
  return request.rollback !== undefined || isRepair(held.ledger, request) ? null : service.interface;
}

/** Why the model cannot serve behind the interface; null: it can. No request overrides that. */
async function misfitOf(
  { service, world, log, held }: TickContext,
  verified: Verified,
  signature: Signature | null,
  contract: Interface,
): Promise<Transition | null> {
  let mapping: Features | null;
  try {
    mapping = await readMapping(world.artifacts, verified);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { type: 'attemptFailed', code: error.code, detail: error.detail, again: false };
  }
  const found = misfits({ contract, features: service.features, mapping, signature });
  if (found.length === 0) return null;
  const more = found.length > MISFITS_SHOWN ? `; and ${found.length - MISFITS_SHOWN} more` : '';
  const reason = found.slice(0, MISFITS_SHOWN).join('; ') + more;
  const release = held.ledger.release?.request.id;
  log.info({ release, gate: 'contract', verdict: 'fail', reason }, LOG.gateJudged);
  return { type: 'attemptFailed', code: 'INTERFACE_UNMET', detail: reason, again: false };
}

/** Null: nothing is live that callers could rely on. */
function compare(
  live: Live | null,
  signature: Signature | null,
  contract: Interface | null,
  sharesTraffic: boolean,
): Comparison | null {
  const before = live === null ? null : keptInterface(live);
  if (contract === null && before === null)
    return live === null ? null : compareContract(keptSignature(live), signature, sharesTraffic);
  if (contract !== null && before !== null) return compareInterfaces(before, contract, sharesTraffic);
  const isKnown = before !== null || (live !== null && keptSignature(live) !== null);
  if (isKnown) return adoption(contract);
  return { verdict: 'pass', reason: 'The model fits the interface of the service.', changes: [] };
}
