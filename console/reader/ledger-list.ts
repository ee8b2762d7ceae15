/** Which ledgers have been written since: one list of the state bucket tells it of all services. */
import { BATCHES } from '../../functions/batch/ledger.ts';
import { RELEASES } from '../../functions/release/ledger/form.ts';
import type { Artifacts } from '../../functions/world.ts';

/** Generations of a service's two ledgers; '0': there is none. */
export interface Generations {
  readonly releases: string;
  readonly batches: string;
}

export const NO_LEDGERS: Generations = { releases: '0', batches: '0' };

/** By service. Rejects with a CallError. */
export async function listLedgers(
  artifacts: Artifacts,
  stateBucket: string,
  services: readonly string[],
): Promise<Map<string, Generations>> {
  const found = new Map<string, string>();
  for await (const page of artifacts.list(stateBucket, 'ledgers/', 'ledgers/*'))
    for (const { name, generation } of page) found.set(name, generation);
  const generation = (ledger: string) => found.get(`ledgers/${ledger}.json`) ?? '0';
  return new Map(
    services.map((service) => [
      service,
      { releases: generation(RELEASES.nameOf(service)), batches: generation(BATCHES.nameOf(service)) },
    ]),
  );
}
