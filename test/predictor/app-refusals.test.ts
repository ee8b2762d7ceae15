/** What the server refuses, and the limits of what it takes. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import type { InjectOptions } from 'fastify';
import * as models from './models.ts';
import { post, serve } from './requests.ts';

const REFUSALS: { name: string; request: InjectOptions; code: number; message: RegExp }[] = [
  {
    name: 'no body',
    request: post(''),
    code: 400,
    message: /^request: expected a JSON body, got an empty one$/,
  },
  {
    name: 'not JSON',
    request: post('instances=1'),
    code: 400,
    message: /^request: expected a JSON body, got something else at line 1, column 1$/,
  },
  {
    name: 'cut JSON',
    request: post('{"instances":[[1,2'),
    code: 400,
    message: /got its end at line 1, column 19 \(it is cut off\)$/,
  },
  {
    name: 'single quotes',
    request: post("{'instances':[]}"),
    code: 400,
    message: /got a single quote at line 1, column 2 \(JSON has double quotes\)$/,
  },
  {
    name: 'a byte order mark',
    request: post('\uFEFF{"instances":[]}'),
    code: 400,
    message: /got a byte order mark at line 1, column 1 \(send UTF-8 without one\)$/,
  },
  {
    name: 'NaN',
    request: post('{"instances":[[NaN,1,2]]}'),
    code: 400,
    message:
      /got NaN at line 1, column 16 \(JSON has none; null is NaN with SLIPWAY_NULL_IS_NAN=on, in serving\.env/,
  },
  {
    name: 'bytes that are no UTF-8',
    request: post('', { payload: Buffer.from('{"instances":["caf\u00E9"]}', 'latin1') }),
    code: 400,
    message: /^request: expected a JSON body in UTF-8, got bytes that are none$/,
  },
  {
    name: 'UTF-16',
    request: post('', { payload: Buffer.from('\uFEFF{"instances":[]}', 'utf16le') }),
    code: 400,
    message: /got UTF-16$/,
  },
  {
    name: 'gzip that does not say so',
    request: post('', { payload: gzipSync('{"instances":[]}') }),
    code: 400,
    message: /got a compressed one \(gzip\)$/,
  },
  {
    name: 'a URL that cannot be read',
    request: { method: 'POST', url: '/predict%zz' },
    code: 400,
    message: /^expected a URL whose %-escapes are UTF-8$/,
  },
  {
    name: 'a gzip bomb',
    request: post('', {
      payload: gzipSync(Buffer.alloc(50_000_000)),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    }),
    code: 400,
    message: /got a compressed one \(gzip\) \(send it without content-encoding\)$/,
  },
  {
    name: 'another content type',
    request: post('x', { headers: { 'content-type': 'text/csv' } }),
    code: 415,
    message: /^expected content-type application\/json$/,
  },
  {
    name: 'a body over the limit',
    request: post(`{"instances":[${' '.repeat(1_572_864)}]}`),
    code: 413,
    message:
      /^expected a body of at most 1572864 bytes \(a shared Vertex AI endpoint's limit\); send fewer instances .* base64 .*SLIPWAY_ENDPOINT_TYPE=dedicated, in serving\.env/,
  },
  {
    name: 'GET',
    request: { method: 'GET', url: '/predict' },
    code: 405,
    message: /^expected POST \/predict, got GET$/,
  },
  { name: 'PUT', request: { method: 'PUT', url: '/predict' }, code: 405, message: /got PUT$/ },
  { name: 'DELETE', request: { method: 'DELETE', url: '/predict' }, code: 405, message: /got DELETE$/ },
  {
    name: 'an unknown route',
    request: { method: 'POST', url: '/nowhere' },
    code: 404,
    message: /POST \/predict$/,
  },
  { name: 'a traversal', request: { url: '/../../etc/passwd' }, code: 404, message: /^no such route/ },
  {
    name: 'a wrong instance',
    request: post({
      instances: [
        [1, 2, 3],
        [1, 'b', 3],
      ],
    }),
    code: 400,
    message: /^instances\[1\]\.x\[1\]: expected a number \(float32\), got a string$/,
  },
];

describe('is refused, in the form of Google errors, without a line in the log', () => {
  test.each(REFUSALS)('$name', async ({ request, code, message }) => {
    const { app, lines } = await serve(models.logistic());
    const response = await app.inject(request);
    expect(response.statusCode).toBe(code);
    expect(response.json().error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(lines).toEqual([]);
    expect((await app.inject(post({ instances: [[1, 2, 3]] }))).statusCode).toBe(200);
  });

  test('a wrong instance, with where and what for machines', async () => {
    const { app } = await serve(models.logistic());
    const response = await app.inject(
      post({
        instances: [
          [1, 2, 3],
          [1, 2, null],
        ],
      }),
    );
    expect(response.json().error).toEqual({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message:
        'instances[1].x[2]: expected a number (float32), got null (null is NaN with SLIPWAY_NULL_IS_NAN=on, in serving.env of slipway.yaml)',
      instance: 1,
      field: 'x[2]',
      expected: 'a number (float32)',
      got: 'null',
    });
  });
});

describe('limits', () => {
  test('a body of exactly the limit is taken', async () => {
    const { app } = await serve(models.logistic());
    const head = '{"instances":[[1,2,3]';
    const payload = `${head.padEnd(1_572_862)}]}`;
    expect((await app.inject(post(payload))).statusCode).toBe(200);
    expect((await app.inject(post(`${payload} `))).statusCode).toBe(413);
  });

  test('a reply over the limit is refused, not sent', async () => {
    const { app } = await serve(models.identity('float32', ['N']), { maxBodyBytes: 400 });
    const instances = Array.from({ length: 96 }, () => 0.1);
    const response = await app.inject(post({ instances }));
    expect(response.statusCode).toBe(413);
    expect(response.json().error.message).toMatch(
      /^expected predictions of at most 400 bytes \(SLIPWAY_MAX_BODY_BYTES\)/,
    );
  });

  test('a million instances are answered', async () => {
    const { app } = await serve(models.identity('uint8', ['N']), { endpointType: 'dedicated' });
    const response = await app.inject(post({ instances: Array.from({ length: 1_000_000 }, () => 7) }));
    expect(response.statusCode).toBe(200);
    expect(response.json().predictions).toHaveLength(1_000_000);
  });

  test('a queue that is full refuses with Retry-After; what waits is answered', async () => {
    const gate = Promise.withResolvers<void>();
    const { app } = await serve(models.identity('float32'), { maxQueueRows: 3 }, (runtime) => ({
      ...runtime,
      run: async (feeds) => {
        const copies = feeds.map((feed) => ({ ...feed, data: feed.data.slice() }));
        await gate.promise;
        return runtime.run(copies);
      },
    }));
    const running = app.inject(post({ instances: [[0, 0]] }));
    await vi.waitFor(
      async () => expect((await app.inject('/metrics')).body).toContain('predictor_requests_total 1'),
      20_000,
    );
    const waiting = app.inject(
      post({
        instances: [
          [1, 1],
          [2, 2],
          [3, 3],
        ],
      }),
    );
    await vi.waitFor(
      async () => expect((await app.inject('/metrics')).body).toContain('predictor_queue_rows 3'),
      20_000,
    );
    const refused = await app.inject(post({ instances: [[4, 4]] }));
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
    gate.resolve();
    expect((await running).statusCode).toBe(200);
    expect((await waiting).json()).toEqual({
      predictions: [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
    });
    expect((await app.inject('/metrics')).body).toContain('predictor_shed_total{reason="queue"} 1');
  });

  test('a thousand requests at once are all answered, each with its own rows', async () => {
    const { app } = await serve(models.identity('float32'));
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => app.inject(post({ instances: [[i, i + 0.5]] }))),
    );
    answers.forEach((answer, i) => expect(answer.json()).toEqual({ predictions: [[i, i + 0.5]] }));
  });
});
