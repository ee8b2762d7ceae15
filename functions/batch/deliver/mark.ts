/** `_SUCCESS.json` beside the results: which version answered which rows, and in which files. Consumers of the results wait for this file. */
import type { StoredObject } from '../../world.ts';
import type { BatchContext } from '../context.ts';
import type { Run } from '../ledger.ts';
import { inputOf } from '../notes.ts';
import { folderIn } from '../places.ts';
import { kindOf } from '../rows/results.ts';
import { tallyOf } from '../tally.ts';
import { RESULTS } from './merge.ts';

export const SUCCESS = '_SUCCESS.json';

export async function mark(
  { config, service, batch, ports, world }: BatchContext,
  run: Run,
  files: readonly StoredObject[],
): Promise<void> {
  const folder = folderIn(run.end?.output ?? '');
  const { rows, succeeded, failed, missing } = tallyOf(run);
  const names = files.map(({ name }) => name.slice(folder.prefix.length));
  const kinds = names.map((name) => ({ name, kind: kindOf(name)?.kind }));
  const isOrdered = batch.ordered && run.merge?.isWhole === true;
  const content = {
    schema: 1,
    project: config.project,
    service: service.name,
    batch: run.id,
    release: run.release?.id ?? null,
    version: run.release?.version ?? null,
    job: run.job?.name ?? null,
    input: inputOf(run),
    rows,
    succeeded,
    failed,
    missing,
    replicaHours: run.end?.replicaHours ?? null,
    /** The object by which the results answer requests. */
    published: run.published ?? null,
    /** The one file in the order of the input. */
    ordered: isOrdered ? RESULTS : null,
    results: kinds.filter(({ kind }) => kind === 'results').map(({ name }) => name),
    errors: kinds.filter(({ kind }) => kind === 'errors').map(({ name }) => name),
    at: new Date(world.clock.now()).toISOString(),
  };
  const text = `${JSON.stringify(content, null, 2)}\n`;
  await ports.files.write(
    { bucket: folder.bucket, name: `${folder.prefix}${SUCCESS}` },
    Buffer.from(text),
    'application/json',
  );
}
