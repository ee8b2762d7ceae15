/**
 * Writes rows into a collection of Firestore, a document a key. One commit is all or nothing, and has 500 documents:
 * more go into a collection of their own, named by a version that no model reads yet.
 */
import { Firestore, Timestamp } from '@google-cloud/firestore';
import { keyText } from '../../../common/artifact/feature-key.ts';
import type { FirestoreStore } from '../../../common/artifact/feature-settings.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import type { Target, Write } from './load.ts';
import type { Cell, Table } from './table.ts';

/** https://firebase.google.com/docs/firestore/manage-data/transactions */
const COMMIT_ROWS = 500;

export function firestoreWriter({ project, database }: FirestoreStore): Write {
  return async (target, table, progress) => {
    const firestore = new Firestore({ projectId: project, databaseId: database });
    const collection = firestore.collection(target.table);
    try {
      if (table.rows.length > COMMIT_ROWS && !(await collection.limit(1).get()).empty)
        throw new Failure(
          EXIT.usage,
          `Firestore commits ${COMMIT_ROWS} rows at once, and ${target.table} is read already: load a new version, with {version} in the table of the view and --view-version`,
        );
      for (let from = 0; from < table.rows.length; from += COMMIT_ROWS) {
        const batch = firestore.batch();
        for (const row of table.rows.slice(from, from + COMMIT_ROWS))
          batch.set(collection.doc(keyOf(target, table, row)), documentOf(target, table, row), {
            merge: true,
          });
        await batch.commit();
        progress(Math.min(table.rows.length, from + COMMIT_ROWS));
      }
      return `collection ${target.table} of ${project}/${database}`;
    } catch (error) {
      if (error instanceof Failure) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new Failure(EXIT.failed, `Firestore refuses the rows: ${why}`, { cause: error });
    } finally {
      await firestore.terminate();
    }
  };
}

function keyOf({ key }: Target, { columns }: Table, row: readonly Cell[]): string {
  return keyText(
    key.map((name) => {
      const value = row[columns.indexOf(name)];
      return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
    }),
  );
}

function documentOf({ time }: Target, { columns }: Table, row: readonly Cell[]): Record<string, unknown> {
  return Object.fromEntries(
    columns.map((name, i) => {
      const value = row[i] ?? null;
      const at = name === time && typeof value === 'string' ? Date.parse(value) : Number.NaN;
      return [name, Number.isNaN(at) ? value : Timestamp.fromMillis(at)];
    }),
  );
}
