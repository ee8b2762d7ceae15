/**
 * Writes rows into a collection of Firestore, a document a key. One commit is all or nothing, and has 500 documents:
 * more go into a collection that no model reads yet, such as a new version. Until it is whole, a document of the
 * collection `slipway_loads` says so, made before the first commit and removed with the last: what an attempt left that
 * failed is removed by the next one.
 */
import { Firestore, Timestamp, type CollectionReference } from '@google-cloud/firestore';
import { keyText } from '../../../common/artifact/feature-key.ts';
import type { FirestoreStore } from '../../../common/artifact/feature-settings.ts';
import { CallError } from '../../../functions/errors.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { chunksOf, type Row, type Target, type Write } from './target.ts';

/** https://firebase.google.com/docs/firestore/manage-data/transactions */
const COMMIT_ROWS = 500;

const LOADS = 'slipway_loads';

/** gRPC's codes of calls whose outcome is not known: CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE. */
const UNCLEAR: ReadonlySet<unknown> = new Set([1, 2, 4, 13, 14]);

export function firestoreWriter({ project, database }: FirestoreStore): Write {
  return async (target, rows, progress) => {
    const firestore = new Firestore({ projectId: project, databaseId: database });
    const collection = firestore.collection(target.table);
    const load = firestore.collection(LOADS).doc(keyText([target.table]));
    const chunks = chunksOf(rows, COMMIT_ROWS);
    let isBegun = false;
    try {
      for (const table of target.drops) await firestore.recursiveDelete(firestore.collection(table));
      let next = await chunks.next();
      const second = await chunks.next();
      const isWhole = second.done === true && !target.isNew;
      const isLeft = (await load.get()).exists;
      if (!isWhole && !isLeft && !target.isNew) await assertUnread(collection);
      if (!isWhole || isLeft) {
        isBegun = true;
        await load.set({ table: target.table });
        if (isLeft || target.isNew) await firestore.recursiveDelete(collection);
      }
      if (isBegun && next.done === true) await load.delete();
      let written = 0;
      for (let after = second; next.done !== true; next = after, after = await chunks.next()) {
        const batch = firestore.batch();
        for (const row of next.value)
          batch.set(collection.doc(keyOf(target, row)), documentOf(target, row), { merge: true });
        if (after.done === true) batch.delete(load);
        await batch.commit();
        written += next.value.length;
        progress(written);
      }
      return `collection ${target.table} of ${project}/${database}`;
    } catch (error) {
      if (error instanceof Failure || error instanceof CallError) throw error;
      throw failureOf(error, isBegun ? target.table : null);
    } finally {
      await firestore.terminate();
    }
  };
}

async function assertUnread(collection: CollectionReference): Promise<void> {
  if ((await collection.limit(1).get()).empty) return;
  throw new Failure(
    EXIT.usage,
    `Firestore commits ${COMMIT_ROWS} rows at once, and ${collection.id} is read already: load a new version, with {version} in the table of the view and --view-version`,
  );
}

/** `partial`: the collection that some of the rows may be in. */
function failureOf(error: unknown, partial: string | null): Failure {
  const why = error instanceof Error ? error.message : String(error);
  const isUnclear = error instanceof Error && 'code' in error && UNCLEAR.has(error.code);
  if (partial !== null)
    return new Failure(
      EXIT.failed,
      `${partial} is not whole, and no model may read it; load it again: ${why}`,
      { cause: error },
    );
  const what = isUnclear
    ? 'Firestore did not say whether it took the rows; load again'
    : 'Firestore refuses the rows, and took none';
  return new Failure(EXIT.failed, `${what}: ${why}`, { cause: error });
}

function keyOf({ key, columns }: Target, row: Row): string {
  const names = [...columns.keys()];
  return keyText(
    key.map((name) => {
      const value = row[names.indexOf(name)];
      return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
    }),
  );
}

function documentOf({ time, columns }: Target, row: Row): Record<string, unknown> {
  return Object.fromEntries(
    [...columns.keys()].map((name, i) => {
      const value = row[i] ?? null;
      const at = name === time && typeof value === 'string' ? Date.parse(value) : Number.NaN;
      return [name, Number.isNaN(at) ? value : Timestamp.fromMillis(at)];
    }),
  );
}
