import { StorageError } from '../storage/errors.ts';
import type { Store } from '../storage/store.ts';
import type { ArtifactStore, Folder } from './context.ts';

/** Google's own project, which the buckets of managed copies belong to: nobody sees them in a list. */
const tenantProject = 'caip-tenant';

export function artifactStore(store: Store): ArtifactStore {
  return {
    copyFolder: (from, to) => copyFolder(store, from, to),
    has: (bucket, name) => hasObject(store, bucket, name),
    deleteFolder: (folder) => deleteFolder(store, folder),
  };
}

/** Deletes every object of a folder of the store. */
function deleteFolder(store: Store, { bucket, prefix }: Folder): void {
  for (;;) {
    const { objects, nextPageToken } = store.listObjects(bucket, { prefix });
    for (const { name } of objects) store.deleteObject(bucket, name);
    if (nextPageToken === undefined) return;
  }
}

/** Copies every object of one folder of the store into another, whose bucket is made when it is not there. */
function copyFolder(store: Store, from: Folder, to: Folder): number {
  const objects = [];
  let pageToken: string | undefined;
  do {
    const page = store.listObjects(from.bucket, { prefix: from.prefix, pageToken });
    objects.push(...page.objects);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  if (
    objects.length > 0 &&
    !store.listBuckets(tenantProject).some(({ record }) => record.name === to.bucket)
  ) {
    store.createBucket(to.bucket, {}, tenantProject);
  }
  for (const object of objects) {
    const name = to.prefix + object.name.slice(from.prefix.length);
    store.putObject(to.bucket, name, store.contentOf(object), { attributes: object.attributes });
  }
  return objects.length;
}

function hasObject(store: Store, bucket: string, name: string): boolean {
  try {
    store.getObject(bucket, name);
    return true;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}
