/** The newest artifact among many, with the real client in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Storage } from '@google-cloud/storage';
import { expect, it, onTestFinished } from 'vitest';
import { storedArtifacts } from '../../../functions/google/artifacts.ts';
import { startListing, type Listing } from './listing-server.ts';

const PROCESS = fileURLToPath(new URL('newest-process.ts', import.meta.url));

async function listing(total: number): Promise<Listing> {
  const started = await startListing(total);
  onTestFinished(() => {
    started.server.closeAllConnections();
    started.server.close();
  });
  return started;
}

interface Found {
  readonly newest: string;
  readonly mebibytes: number;
}

async function find(url: string, ...flags: string[]): Promise<Found> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, PROCESS, url]);
  return JSON.parse(stdout);
}

it('is found among 60,000 in less than 128 MiB, with no more of each than is used', async () => {
  const { url, asked } = await listing(60_000);
  const { newest, mebibytes } = await find(url);
  expect(newest).toBe('churn/job-30000/model.onnx');
  expect(mebibytes).toBeLessThan(128);
  const first = asked.find((query) => query.has('matchGlob'));
  expect(Object.fromEntries(first ?? [])).toMatchObject({
    prefix: 'churn/',
    matchGlob: 'churn/*/model.onnx',
    fields: 'items(name,generation,timeCreated,size,crc32c,md5Hash,contentEncoding),nextPageToken',
  });
}, 60_000);

// V8 collects late where there is room: in a small heap it shows what is really held.
it('is found among 300,000 in a heap that would not hold them', async () => {
  const { url } = await listing(300_000);
  const { newest, mebibytes } = await find(url, '--max-old-space-size=48', '--max-semi-space-size=4');
  expect(newest).toBe('churn/job-150000/model.onnx');
  expect(mebibytes).toBeLessThan(128);
}, 60_000);

it('stops asking for pages once nobody wants them', async () => {
  const { url, asked } = await listing(10_000);
  const storage = new Storage({ projectId: 'p', apiEndpoint: url, retryOptions: { autoRetry: false } });
  for await (const page of storedArtifacts(storage).list('models', 'churn/', '**')) {
    expect(page).toHaveLength(1000);
    break;
  }
  expect(asked).toHaveLength(1);
});
