/**
 * What the ledger of a service's batches says of versions that its jobs answer with. It is read, and never written, from
 * here, and only as far as releases need it.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { World } from '../../world.ts';

/** The name by which `world.ledgers` has it. No service has a dot in its name. */
export function batchLedgerName(service: string): string {
  return `${service}.batch`;
}

const runs = Compile(
  Type.Object({
    runs: Type.Array(
      Type.Object({
        id: Type.String(),
        release: Type.Optional(Type.Object({ version: Type.String(), model: Type.Optional(Type.String()) })),
      }),
    ),
  }),
);

/**
 * The batch that answers with the version and has not ended, in words; null: there is none. A ledger that cannot be read
 * names none that has ended, so it is taken for one that does. Throws a CallError.
 */
export async function batchOf(world: World, service: string, version: string): Promise<string | null> {
  const stored = await world.ledgers.read(batchLedgerName(service));
  if (stored === null) return null;
  const ledger = parsed(stored.text);
  if (!runs.Check(ledger)) return 'a batch of a ledger that cannot be read';
  // One of a model of the registry is numbered by itself.
  const run = ledger.runs.find(({ release }) => release?.version === version && release.model === undefined);
  return run === undefined ? null : `batch ${run.id}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
