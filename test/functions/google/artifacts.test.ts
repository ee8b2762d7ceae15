/** Objects as they are stored, with the official client against a server that does what it likes. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Storage } from '@google-cloud/storage';
import { describe, expect, it, onTestFinished } from 'vitest';
import { storedArtifacts } from '../../../functions/google/artifacts.ts';
import type { Artifacts, StoredObject } from '../../../functions/world.ts';

const FOREVER = Number.POSITIVE_INFINITY;

const object: StoredObject = {
  bucket: 'models',
  name: 'churn/v1/model.onnx',
  generation: '7',
  createdAt: 0,
  size: 5,
  checksum: null,
  contentEncoding: null,
};

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

interface Served {
  readonly artifacts: Artifacts;
  /** Connections that are still open. */
  readonly open: () => Promise<number>;
}

async function served(answer: Answer, silenceMs?: number): Promise<Served> {
  const server = createServer((request, response) => answer(response, request));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  const apiEndpoint = `http://127.0.0.1:${address.port}`;
  const storage = new Storage({
    projectId: 'p',
    apiEndpoint,
    retryOptions: { autoRetry: false },
  });
  const open = () =>
    new Promise<number>((resolve) => {
      server.getConnections((_, count) => resolve(count));
    });
  return { artifacts: storedArtifacts(storage, silenceMs), open };
}

function sending(body: Buffer, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(200, { 'content-length': body.length, ...headers }).end(body);
  };
}

/** Never ends. */
const endless: Answer = (response) => {
  const chunk = Buffer.alloc(65_536);
  const more = () => {
    while (response.writable && response.write(chunk));
  };
  response.on('drain', more);
  more();
};

const silent: Answer = (response) => {
  response.write('mo');
};

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('bytes come as they are stored', () => {
  const content = Buffer.alloc(1_000_000, 'a');
  it.each([
    ['gzip', gzipSync(content)],
    ['br', brotliCompressSync(content)],
  ])('packed by %s', async (encoding, packed) => {
    const answer: Answer = (response, request) => {
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
      const part = range === null ? packed : packed.subarray(Number(range[1]), Number(range[2]) + 1);
      sending(part, {
        'content-encoding': encoding,
        'x-goog-stored-content-encoding': encoding,
      })(response, request);
    };
    const { artifacts } = await served(answer);
    const stored = { ...object, size: packed.length, contentEncoding: encoding };
    expect(await artifacts.read(stored, packed.length)).toBe(packed.toString('utf8'));
    expect(Buffer.from((await artifacts.readRange(stored, 2, 8)) ?? [])).toEqual(packed.subarray(2, 8));
    expect(await artifacts.sha256(stored, FOREVER)).toEqual({ ended: 'read', sha256: sha256(packed) });
  });
});

describe('no more is read than was asked for', () => {
  it('whatever the metadata promises', async () => {
    const { artifacts, open } = await served(endless);
    expect(await artifacts.read({ ...object, size: 5 }, 100_000)).toBeNull();
    await expect(artifacts.readRange({ ...object, size: 5_000 }, 0, 5_000)).rejects.toMatchObject({
      status: 'UNAVAILABLE',
    });
    await expect(artifacts.sha256(object, FOREVER)).rejects.toMatchObject({ status: 'UNKNOWN' });
    await expect.poll(open).toBe(0);
  });

  it('and the reading of others is left alone', async () => {
    const { artifacts } = await served((response, { headers }) => {
      if (headers.range === undefined) endless(response, response.req);
      else setTimeout(() => sending(Buffer.from('model'))(response, response.req), 300);
    });
    const other = artifacts.readRange(object, 0, 5);
    expect(await artifacts.read(object, 100)).toBeNull();
    expect(Buffer.from((await other) ?? []).toString()).toBe('model');
  });

  it('nor less taken for all of it', async () => {
    const { artifacts } = await served(sending(Buffer.from('mod')));
    await expect(artifacts.readRange(object, 0, 5)).rejects.toMatchObject({ status: 'UNAVAILABLE' });
  });

  it('nor longer than there is time, and the connection is closed', async () => {
    const { artifacts, open } = await served(silent);
    expect(await artifacts.sha256(object, Date.now() - 1)).toEqual({ ended: 'late' });
    expect(await artifacts.sha256(object, Date.now() + 200)).toEqual({ ended: 'late' });
    await expect.poll(open).toBe(0);
  });

  it('nor where nothing comes any more', async () => {
    const { artifacts } = await served(silent, 200);
    const late = { status: 'DEADLINE_EXCEEDED' };
    await expect(artifacts.sha256(object, FOREVER)).rejects.toMatchObject(late);
    await expect(artifacts.read(object, 100)).rejects.toMatchObject(late);
  });
});

function refusing(code: number): Promise<Served> {
  const body = JSON.stringify({ error: { code, message: 'said so' } });
  return served((response) => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(body);
  });
}

describe('what ends badly', () => {
  it.each([
    [403, 'PERMISSION_DENIED'],
    [429, 'RESOURCE_EXHAUSTED'],
    [503, 'UNAVAILABLE'],
  ])('HTTP %i, in the words of Cloud Storage', async (code, status) => {
    const { artifacts } = await refusing(code);
    const refused = { status, message: expect.stringContaining('said so') };
    await expect(artifacts.read(object, 9)).rejects.toMatchObject(refused);
    await expect(artifacts.readRange(object, 0, 5)).rejects.toMatchObject(refused);
    await expect(artifacts.sha256(object, FOREVER)).rejects.toMatchObject(refused);
    await expect(artifacts.head('models', object.name)).rejects.toMatchObject(refused);
  });

  it('a generation that is gone', async () => {
    const { artifacts } = await refusing(404);
    expect(await artifacts.read(object, 9)).toBeNull();
    expect(await artifacts.readRange(object, 0, 5)).toBeNull();
    expect(await artifacts.sha256(object, FOREVER)).toEqual({ ended: 'gone' });
    expect(await artifacts.head('models', object.name)).toBeNull();
  });

  it('a connection that breaks off', async () => {
    const { artifacts } = await served((response) => {
      response.writeHead(200, { 'content-length': 5 }).write('mo', () => response.destroy());
    });
    await expect(artifacts.sha256(object, FOREVER)).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    await expect(artifacts.read(object, 9)).rejects.toMatchObject({ status: 'UNAVAILABLE' });
  });
});

describe('metadata', () => {
  const resource = {
    name: 'churn/v1/model.onnx',
    generation: '1700000000000001',
    size: '5',
    timeCreated: '2026-01-01T00:00:00.000Z',
    crc32c: 'AAAAAA==',
    md5Hash: 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  const answering = (more: object): Answer =>
    sending(Buffer.from(JSON.stringify({ ...resource, ...more })), { 'content-type': 'application/json' });

  it.each([
    [{}, { size: 5, checksum: 'crc32c:AAAAAA==', contentEncoding: null }],
    [{ crc32c: undefined }, { checksum: 'md5:AAAAAAAAAAAAAAAAAAAAAA==' }],
    [{ crc32c: undefined, md5Hash: undefined }, { checksum: null }],
    [{ size: '0' }, { size: 0, checksum: null }],
    [{ contentEncoding: 'gzip' }, { contentEncoding: 'gzip' }],
    [{ contentEncoding: '' }, { contentEncoding: null }],
    [{ contentEncoding: 'identity' }, { contentEncoding: null }],
  ])('%j', async (more, expected) => {
    const { artifacts } = await served(answering(more));
    expect(await artifacts.head('models', resource.name)).toMatchObject(expected);
  });

  it.each([
    { size: undefined },
    { size: 'large' },
    { size: '-1' },
    { generation: undefined },
    { generation: '' },
    { timeCreated: undefined },
    { timeCreated: 'yesterday' },
    { name: '' },
  ])('that is none: %j', async (more) => {
    const { artifacts } = await served(answering(more));
    await expect(artifacts.head('models', resource.name)).rejects.toMatchObject({ status: 'UNKNOWN' });
  });
});
