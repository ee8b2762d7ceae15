/**
 * Features in Firestore, by Google's client: a collection a view, a document a key. The age of a row is that of the
 * view's time field, or of the document.
 */
import type { FirestoreStore } from '../../../common/artifact/feature-settings.ts';
import { keyText } from '../../../common/artifact/feature-key.ts';
import { clientOf } from './client.ts';
import { StoreError, timeOf, type FeatureRow, type FeatureStore, type Key, type View } from './store.ts';

/** Milliseconds: by default gRPC waits up to two minutes before it tries a lost server again. */
const RECONNECT_MS = 1000;

/** FIRESTORE_EMULATOR_HOST is the client's own. Rejects with a StoreError if the client is not there. */
export async function openFirestore({ project, database }: FirestoreStore): Promise<FeatureStore> {
  const { FieldPath, Firestore, Timestamp } = await clientOf(
    '@google-cloud/firestore',
    () => import('@google-cloud/firestore'),
  );
  const firestore = new Firestore({
    projectId: project,
    databaseId: database,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': RECONNECT_MS,
  });
  const masks = new Map<View, { fieldMask: InstanceType<typeof FieldPath>[] }>();
  const maskOf = (view: View): { fieldMask: InstanceType<typeof FieldPath>[] } => {
    const known = masks.get(view);
    if (known !== undefined) return known;
    const names = [...view.features, ...(view.time === null ? [] : [view.time])];
    const mask = { fieldMask: names.map((name) => new FieldPath(name)) };
    masks.set(view, mask);
    return mask;
  };
  const plain = (value: unknown): unknown => (value instanceof Timestamp ? value.toMillis() : value);

  return {
    async get(view, keys) {
      const collection = firestore.collection(view.table);
      const rows: (FeatureRow | null)[] = keys.map(() => null);
      const possible = keys.flatMap((key, at) => {
        const id = documentIdOf(key);
        return id === null ? [] : [{ id, at }];
      });
      if (possible.length === 0) return rows;
      const documents = possible.map(({ id }) => collection.doc(id));
      try {
        const found = await firestore.getAll(...documents, maskOf(view));
        const rowOf = (snapshot: (typeof found)[number]): FeatureRow | null => {
          const data = snapshot.data();
          if (data === undefined) return null;
          const updated = snapshot.updateTime?.toMillis() ?? null;
          const time = view.time === null ? updated : timeOf(plain(ownValue(data, view.time)));
          return { values: view.features.map((name) => plain(ownValue(data, name))), time };
        };
        for (const [i, snapshot] of found.entries()) rows[possible[i]?.at ?? 0] = rowOf(snapshot);
        return rows;
      } catch (error) {
        throw new StoreError(`view ${view.name}: Firestore cannot be asked`, { cause: error });
      }
    },
    close: () => firestore.terminate(),
  };
}

/** https://firebase.google.com/docs/firestore/quotas#collections_documents_and_fields */
const ID_BYTES_MAX = 1500;

/**
 * The ID of the key's document, or null if no document can have it: it would fail the whole multi-get. It has nothing in
 * it that a path would take for more than an ID.
 */
export function documentIdOf(key: Key): string | null {
  const isText = key.every((part) => String(part).isWellFormed()) && key.join('') !== '';
  const id = isText ? keyText(key) : '';
  // Percent-encoded, it has a byte a character.
  return id === '' || id.length > ID_BYTES_MAX ? null : id;
}

function ownValue(data: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(data, name) ? data[name] : undefined;
}
