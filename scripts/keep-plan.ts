/**
 * `node scripts/keep-plan.ts FILE gs://BUCKET/NAME`: keeps a plan before it is applied, so that it is there to be read
 * whether the apply succeeds or not. Cloud Build's own artifacts are uploaded by builds that succeed only.
 */
import { Storage } from '@google-cloud/storage';
import type { Environment } from '../functions/config/config.ts';
import { objectOf } from '../common/artifact/uri.ts';

/** Throws if the target is no object of Cloud Storage, or cannot be written. */
export async function keepPlan(file: string, target: string, env: Environment = process.env): Promise<void> {
  const { bucket, name } = objectOf(target);
  if (bucket === '') throw new Error(`expected gs://BUCKET/NAME, got ${target}`);
  const apiEndpoint = env['STORAGE_EMULATOR_HOST'];
  const storage = new Storage(apiEndpoint ? { apiEndpoint, projectId: 'local' } : {});
  await storage
    .bucket(bucket)
    .upload(file, { destination: name, contentType: 'text/plain', resumable: false });
}

if (import.meta.main) {
  const [file, target] = process.argv.slice(2);
  if (file === undefined || target === undefined) {
    throw new Error('usage: node scripts/keep-plan.ts FILE gs://BUCKET/NAME');
  }
  await keepPlan(file, target);
  console.log(`kept as ${target}`);
}
