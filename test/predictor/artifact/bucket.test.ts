import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { healthOf, predictBy, startPredictor } from '../process.ts';

const EXAMPLE = new URL('../../../examples/breast-cancer/artifacts/v2/', import.meta.url);

const FILES = new Set(['manifest.json', 'golden.jsonl', 'model.onnx']);

/** As much of Cloud Storage as a download needs. The first answers are `failures`. */
async function startBucket(failures: number[]): Promise<{ host: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const object = /^\/b\/models\/o\/([^?]+)\?alt=media/.exec(request.url ?? '')?.[1];
    asked.push(decodeURIComponent(object ?? ''));
    const status = failures.shift();
    if (status !== undefined) {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<html>');
      return;
    }
    const name = decodeURIComponent(object ?? '').replace('cancer/v2/', '');
    if (!FILES.has(name)) response.writeHead(404).end('No such object');
    else response.writeHead(200).end(readFileSync(new URL(name, EXAMPLE)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port, got none');
  return { host: `http://127.0.0.1:${address.port}`, asked };
}

describe('an artifact in Cloud Storage', () => {
  test('is read from STORAGE_EMULATOR_HOST and verified; a 503 is asked again', async () => {
    const { host, asked } = await startBucket([503]);
    const running = await startPredictor('gs://models/cancer/v2/', { STORAGE_EMULATOR_HOST: host });
    await vi.waitFor(async () => expect(await healthOf(running)).toMatchObject({ code: 200 }), 20_000);
    expect(asked).toEqual([
      'cancer/v2/manifest.json',
      'cancer/v2/manifest.json',
      'cancer/v2/golden.jsonl',
      'cancer/v2/model.onnx',
    ]);
    expect((await predictBy(running, [])).status).toBe(200);
  });

  test('that is not there ends the process', async () => {
    const { host } = await startBucket([]);
    const running = await startPredictor('gs://models/nothing', { STORAGE_EMULATOR_HOST: host });
    expect(await running.ended).toBe(1);
    expect(running.lines()).toEqual([
      expect.objectContaining({
        message: 'model refused',
        causes: ['expected model.onnx in the artifact, got none'],
      }),
    ]);
  });

  test('that may not be read ends the process, with the reason', async () => {
    const { host } = await startBucket([403]);
    const running = await startPredictor('gs://models/cancer/v2', { STORAGE_EMULATOR_HOST: host });
    expect(await running.ended).toBe(1);
    expect(running.lines()).toEqual([
      expect.objectContaining({
        message: 'model refused',
        causes: expect.arrayContaining([
          "the artifact's manifest.json cannot be read from gs://models/cancer/v2",
        ]),
      }),
    ]);
  });
});
