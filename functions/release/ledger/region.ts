/**
 * A service does not move: its endpoint, its models and its operations are in one region, and what is asked for in
 * another would be taken for gone.
 */
import type { Service } from '../../config/config.ts';
import { Problem } from '../../errors.ts';
import type { Ledger } from './ledger.ts';

/** Throws a Problem ENDPOINT_ELSEWHERE. */
export function checkRegion({ name, region }: Service, { endpoint }: Pick<Ledger, 'endpoint'>): void {
  const found = /\/locations\/([^/]+)\//.exec(endpoint ?? '')?.[1] ?? region;
  if (found === region) return;
  throw new Problem('ENDPOINT_ELSEWHERE', `service ${name}: expected region ${found}, got ${region}`);
}
