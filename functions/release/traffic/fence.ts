/**
 * The fence: our epoch on the endpoint. Its write changes the etag, so that a traffic change that a deposed holder
 * has in flight fails, and the next read tells that holder that it is deposed. Nothing is destroyed or given up that
 * can still get traffic before the fence is there.
 */
import type { Endpoint } from '../../world.ts';
import { LABELS } from '../ids.ts';
import type { Ledger } from '../ledger/ledger.ts';

export function isFenced(endpoint: Endpoint, ledger: Ledger): boolean {
  return endpoint.labels.get(LABELS.epoch) === String(ledger.epoch);
}
