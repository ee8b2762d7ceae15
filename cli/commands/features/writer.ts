/** The writer of a store, loaded with its client when it is needed. */
import type { StoreSettings } from '../../../common/artifact/feature-settings.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import type { Write } from './target.ts';

/** Throws a Failure for a store that loads its views itself. */
export async function writerOf(
  store: StoreSettings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Write> {
  switch (store.kind) {
    case 'sqlite':
      return (await import('./write-sqlite.ts')).sqliteWriter(store, env);
    case 'firestore':
      return (await import('./write-firestore.ts')).firestoreWriter(store);
    case 'postgres':
      return (await import('./write-postgres.ts')).postgresWriter(store, env);
    case 'vertex':
    case 'feast':
      throw new Failure(
        EXIT.usage,
        `a store of kind ${store.kind} loads its views itself: Vertex AI by a sync, Feast by "feast materialize"`,
      );
    default:
      return store satisfies never;
  }
}
