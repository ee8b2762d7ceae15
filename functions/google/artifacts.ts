/** Artifacts in Cloud Storage. */
import { createHash } from 'node:crypto';
import type { File, Storage } from '@google-cloud/storage';
import type { Artifacts, StoredObject } from '../world.ts';
import { calling, orElse } from './call-error.ts';

export function storedArtifacts(storage: Storage): Artifacts {
  return {
    head: (bucket, name) =>
      orElse(null, 'artifacts.head', async () => {
        const file = storage.bucket(bucket).file(name);
        await file.getMetadata();
        return toObject(file);
      }),

    list: (bucket, prefix) =>
      calling('artifacts.list', async () => {
        const [files] = await storage.bucket(bucket).getFiles({ prefix });
        return files.map(toObject);
      }),

    read: (object, maxBytes) =>
      orElse(null, 'artifacts.read', async () => {
        if (object.size > maxBytes) return null;
        const [text] = await generationOf(storage, object).download();
        return text.toString('utf8');
      }),

    readRange: (object, start, end) =>
      orElse(null, 'artifacts.readRange', async () => {
        // What is beyond the end cannot be asked for (416), and an inclusive end is what the client takes.
        const last = Math.min(end, object.size) - 1;
        if (start > last) return new Uint8Array();
        const [bytes] = await generationOf(storage, object).download({ start, end: last });
        return bytes;
      }),

    sha256: (object) =>
      orElse(null, 'artifacts.sha256', async () => {
        const hash = createHash('sha256');
        for await (const chunk of generationOf(storage, object).createReadStream()) {
          hash.update(chunk);
        }
        return hash.digest('hex');
      }),
  };
}

function generationOf(storage: Storage, object: StoredObject): File {
  return storage.bucket(object.bucket).file(object.name, { generation: object.generation });
}

function toObject(file: File): StoredObject {
  const { metadata } = file;
  return {
    bucket: file.bucket.name,
    name: file.name,
    generation: String(metadata.generation),
    createdAt: Date.parse(metadata.timeCreated ?? ''),
    size: Number(metadata.size),
  };
}
