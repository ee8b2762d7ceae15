/**
 * Makes the results of a batch answers by key, by one write: an object of the version that answered, which names the
 * files of results. A predictor reads that of its own version, so what was rolled back is read by nobody, and no store
 * has to be written for that.
 *
 * Written again it is the same. Two batches of a version are in the order in which they were accepted: the object is
 * replaced by its generation, and only by the later batch, so that a holder that was frozen undoes nothing.
 */
import {
  publishedName,
  PUBLISHED_BYTES_MAX,
  readPublished,
  type Published,
} from '../../../common/batch/published.ts';
import { LOG } from '../../../common/log-messages.ts';
import { CallError } from '../../errors.ts';
import type { ObjectName } from '../../batch-world.ts';
import { LABELS, modelName } from '../../release/ids.ts';
import type { StoredObject } from '../../world.ts';
import type { BatchContext } from '../context.ts';
import type { Run } from '../ledger.ts';
import { folderIn } from '../places.ts';
import { kindOf } from '../rows/results.ts';
import { resultFiles } from './count.ts';
import { RESULTS } from './merge.ts';

/** Others that replace the object meanwhile: a later batch ends the loop. */
const TRIES_MAX = 5;

/** The object, or null: the version is gone, or a later batch is published already. Throws a CallError. */
export async function publish(
  context: BatchContext,
  run: Run,
  files: readonly StoredObject[],
): Promise<string | null> {
  const { service, batch, held, log } = context;
  const { outputs } = batch;
  if (typeof outputs === 'string') throw new Error('what is published lies in Cloud Storage');
  const release = await uploaderOf(context, run);
  if (release === null) return null;
  const content = await contentOf(context, run, release, files);
  const to = { bucket: outputs.bucket, name: publishedName(outputs.prefix, release) };
  // What was counted is in the ledger before anybody is answered by it.
  await held.flush();
  held.assertHeld();
  const isPublished = await replaceOlder(context, to, content);
  const uri = `gs://${to.bucket}/${to.name}`;
  log.info(
    { batch: run.id, service: service.name, version: content.version, uri, isPublished },
    LOG.batchPublished,
  );
  return isPublished ? uri : null;
}

/** The release that uploaded the version: the live one may have come back to it. Null: the version is deleted. */
async function uploaderOf({ world, service }: BatchContext, { release }: Run): Promise<string | null> {
  // A container that Slipway did not upload reads no such answers.
  if (release?.model !== undefined) return null;
  const versions = await world.vertex.listVersions(modelName(service));
  return versions.find(({ version }) => version === release?.version)?.labels.get(LABELS.release) ?? null;
}

async function contentOf(
  { service, batch, world }: BatchContext,
  run: Run,
  release: string,
  files: readonly StoredObject[],
): Promise<Published> {
  const folder = folderIn(run.end?.output ?? '');
  const isOrdered = batch.ordered && run.merge?.isWhole === true;
  const ordered = isOrdered ? await world.artifacts.head(folder.bucket, `${folder.prefix}${RESULTS}`) : null;
  if (isOrdered && ordered === null)
    throw new CallError('artifacts.head', 'NOT_FOUND', `${RESULTS} of the batch was removed`);
  const shards = resultFiles(files).filter(({ name }) => kindOf(name)?.kind === 'results');
  return {
    schema: 1,
    service: service.name,
    release,
    version: run.release?.version ?? '',
    batch: run.id,
    acceptedAt: run.acceptedAt,
    at: run.job?.createdAt ?? run.acceptedAt,
    key: batch.publish?.key ?? [],
    files: (ordered === null ? shards : [ordered]).map(({ bucket, name, generation }) => ({
      uri: `gs://${bucket}/${name}`,
      generation: isOrdered ? null : generation,
    })),
  };
}

/** False: what a later batch has published stays. */
async function replaceOlder(
  { world, ports }: BatchContext,
  to: ObjectName,
  content: Published,
): Promise<boolean> {
  for (let tries = 1; ; tries += 1) {
    const found = await world.artifacts.head(to.bucket, to.name);
    const before = found === null ? null : await publishedIn(world, found);
    if (before?.batch === content.batch) return true;
    if (before !== null && isLater(before, content)) return false;
    try {
      const bytes = Buffer.from(`${JSON.stringify(content)}\n`);
      await ports.files.replace(to, bytes, 'application/json', found?.generation ?? '0');
      return true;
    } catch (error) {
      const isReplaced = error instanceof CallError && error.status === 'FAILED_PRECONDITION';
      if (!isReplaced) throw error;
      if (tries >= TRIES_MAX)
        throw new CallError('files.replace', 'ABORTED', `${to.name} is written all the time`, {
          cause: error,
        });
    }
  }
}

function isLater(before: Published, { acceptedAt, batch }: Published): boolean {
  return before.acceptedAt === acceptedAt ? before.batch > batch : before.acceptedAt > acceptedAt;
}

/**
 * Null: what is there is none, and is replaced. Not by readText: what was overwritten since is null here, and then the
 * generation refuses the write, so that the loop looks again at once.
 */
async function publishedIn(world: BatchContext['world'], object: StoredObject): Promise<Published | null> {
  const text = await world.artifacts.read(object, PUBLISHED_BYTES_MAX);
  try {
    return text === null ? null : readPublished(text);
  } catch {
    return null;
  }
}
