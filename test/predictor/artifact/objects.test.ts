import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const READER = fileURLToPath(new URL('read-objects.ts', import.meta.url));
const CONTENT = '{"key":1}\n{"key":2}\n';

/** A bucket with one object. Each kind of request is answered 503 first. */
async function startBucket(): Promise<string> {
  const met = new Map<string, number>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const isMedia = url.searchParams.get('alt') === 'media';
    const seen = met.get(url.search) ?? 0;
    met.set(url.search, seen + 1);
    // The three downloads ask the same in a row.
    if (seen % 2 === 0) response.writeHead(503, { 'content-type': 'text/html' }).end('<html>');
    else if (isMedia) response.writeHead(200).end(CONTENT);
    else response.setHeader('content-type', 'application/json').end('{"generation":"17"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port, got none');
  return `http://127.0.0.1:${address.port}`;
}

// In a process of its own: the error that @google-cloud/storage throws beside its retry would end vitest's.
test('an object is read as text, as a copy and line by line, though Cloud Storage answers 503 first', async () => {
  const host = await startBucket();
  const file = join(mkdtempSync(join(tmpdir(), 'objects-')), 'copy');
  const child = spawn(process.execPath, [READER, 'gs://models/rows.jsonl', file], {
    env: { PATH: process.env['PATH'], STORAGE_EMULATOR_HOST: host },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [printed, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  expect([code, errors]).toEqual([0, '']);
  expect(JSON.parse(printed)).toEqual({
    generation: '17',
    text: CONTENT,
    copied: CONTENT,
    lines: ['{"key":1}', '{"key":2}'],
  });
}, 60_000);
