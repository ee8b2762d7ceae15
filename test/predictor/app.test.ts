import { connect } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { FastifyInstance, InjectOptions } from 'fastify';
import * as models from './models.ts';
import type { Runtime } from '../../predictor/model/runtime.ts';
import { serveApp, type ServedApp } from './served.ts';

const open: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

async function serve(...args: Parameters<typeof serveApp>): Promise<ServedApp> {
  const served = await serveApp(...args);
  open.push(served.app);
  return served;
}

function post(payload: unknown, more: InjectOptions = {}): InjectOptions {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return {
    method: 'POST',
    url: '/predict',
    headers: { 'content-type': 'application/json' },
    payload: text,
    ...more,
  };
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port, got none');
  return address.port;
}

describe('health', () => {
  test.each([
    { state: 'starting', code: 503 },
    { state: 'loading', code: 503 },
    { state: 'checking', code: 503 },
    { state: 'ready', code: 200 },
    { state: 'draining', code: 503 },
  ] as const)('$state is $code', async ({ state, code }) => {
    const { app } = await serve(models.logistic(), { state });
    const response = await app.inject('/health');
    expect([response.statusCode, response.json()]).toEqual([code, { state }]);
    expect((await app.inject({ method: 'HEAD', url: '/health' })).statusCode).toBe(code);
  });
});

describe('predict', () => {
  test('answers with predictions', async () => {
    const { app, lines } = await serve(models.trees());
    const response = await app.inject(
      post({
        instances: [
          [1, 0],
          [0, -2],
        ],
      }),
    );
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.json().predictions).toHaveLength(2);
    expect(lines).toEqual([]);
  });

  test("serves Vertex's default routes", async () => {
    const predictRoute = '/v1/endpoints/1/deployedModels/2:predict';
    const { app } = await serve(models.logistic(1), {
      predictRoute,
      healthRoute: '/v1/endpoints/1/deployedModels/2',
    });
    expect((await app.inject(post({ instances: [1] }, { url: predictRoute }))).statusCode).toBe(200);
    expect((await app.inject('/v1/endpoints/1/deployedModels/2')).statusCode).toBe(200);
  });

  test('before there is a model is 503 with Retry-After', async () => {
    const { app } = await serve(models.logistic(), { state: 'loading' });
    const response = await app.inject(post({ instances: [] }));
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '1']);
    expect(response.json().error.message).toBe('the model is not ready: loading');
  });

  test('while draining is answered, and asks for the connection to be closed', async () => {
    const { app } = await serve(models.logistic(1), { state: 'draining' });
    const response = await app.inject(post({ instances: [1] }));
    expect([response.statusCode, response.headers['connection']]).toEqual([200, 'close']);
  });
});

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
    const instances = Array.from({ length: 90 }, () => 0.1);
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
    await vi.waitFor(async () =>
      expect((await app.inject('/metrics')).body).toContain('predictor_requests_total 1'),
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
    await vi.waitFor(async () =>
      expect((await app.inject('/metrics')).body).toContain('predictor_queue_rows 3'),
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

/** A runtime whose runs hold the event loop up for so long. */
function blocking(ms: number): (runtime: Runtime) => Runtime {
  return (runtime) => ({
    ...runtime,
    async run(feeds) {
      const results = await runtime.run(feeds);
      const start = performance.now();
      while (performance.now() - start < ms);
      return results;
    },
  });
}

describe('time', () => {
  test('of a run that was long is no reason to refuse the next request', async () => {
    const { app } = await serve(models.logistic(1), { maxLoopLagMs: 20 }, blocking(60));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${portOf(app)}/predict`;
    const headers = { 'content-type': 'application/json' };
    const ask = (): Promise<Response> => fetch(url, { method: 'POST', headers, body: '{"instances":[1]}' });
    await Promise.all(Array.from({ length: 4 }, ask));
    for (let i = 0; i < 4; i += 1) expect((await ask()).status).toBe(200);
  });

  test('that is up is a 503 though the run goes on, and the server with it', async () => {
    const gate = Promise.withResolvers<void>();
    const { app, lines } = await serve(models.logistic(1), { timeoutMs: 30 }, (runtime) => ({
      ...runtime,
      run: async (feeds) => {
        await gate.promise;
        return runtime.run(feeds);
      },
    }));
    const late = await app.inject(post({ instances: [1] }));
    expect([late.statusCode, late.headers['retry-after']]).toEqual([503, '1']);
    expect(late.json().error.message).toBe('the request waited too long for the model');
    gate.resolve();
    await vi.waitFor(async () => expect((await app.inject(post({ instances: [1] }))).statusCode).toBe(200));
    expect(lines).toEqual([]);
  });
});

describe('a row that the model refuses', () => {
  test('is a 400 that names it, counted as one, without a line in the log', async () => {
    const { app, lines } = await serve(models.lookup());
    const response = await app.inject(post({ instances: [0, 1, 99] }));
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toEqual({
      code: 400,
      status: 'INVALID_ARGUMENT',
      message: expect.stringMatching(
        /^instances\[2\]: the model cannot take it: Gather: indices element out of/,
      ),
      instance: 2,
    });
    expect(lines).toEqual([]);
    expect((await app.inject('/metrics')).body).toContain('predictor_responses_total{code="400"} 1');
  });
});

describe('bodies', () => {
  test('that are more than there is room for are 503 before they have arrived', async () => {
    const { app } = await serve(models.logistic(1), { maxBodyBytes: 50_000, maxBodiesBytes: 120_000 });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const head =
      'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50000\r\n\r\n';
    const sockets = [1, 2, 3].map(() => connect(portOf(app), '127.0.0.1').setEncoding('utf8'));
    const answers = sockets.map((socket) => once(socket, 'data').then(([text]) => String(text)));
    for (const socket of sockets) socket.write(head);
    const refused = await Promise.race(answers);
    expect(refused).toMatch(/^HTTP\/1\.1 503 /);
    expect(refused).toMatch(/retry-after: 1/);
    expect((await app.inject(post({ instances: [1] }))).statusCode).toBe(200);
    expect((await app.inject('/metrics')).body).toContain('predictor_shed_total{reason="bodies"} 1');
    const body = '{"instances":[1]}'.padEnd(50_000);
    for (const socket of sockets) socket.write(body);
    const codes = (await Promise.all(answers)).map((text) => text.slice(9, 12));
    expect(codes.toSorted()).toEqual(['200', '200', '503']);
    for (const socket of sockets) socket.destroy();
  });
});

describe('a model that fails', () => {
  test('is a 500 with an id; the cause is in the log alone, with the trace', async () => {
    const { app, lines } = await serve(models.lookup(), { project: '42' });
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const headers = { 'content-type': 'application/json', traceparent: `00-${trace}-b7ad6b7169203331-01` };
    const response = await app.inject(post({ instances: [99] }, { headers }));
    expect(response.statusCode).toBe(500);
    const { message, errorId } = response.json().error;
    expect(message).not.toContain('bounds');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      severity: 'ERROR',
      message: 'prediction failed',
      errorId,
      err: { message: expect.stringContaining('out of data bounds') },
      'logging.googleapis.com/trace': `projects/42/traces/${trace}`,
      'logging.googleapis.com/spanId': 'b7ad6b7169203331',
      'logging.googleapis.com/trace_sampled': true,
    });
  });

  test('with NaN and infinities answers in JSON all the same', async () => {
    const { app } = await serve(models.identity('float32'), { nullIsNaN: true });
    const response = await app.inject(post({ instances: [[null, 1]] }));
    expect(response.json()).toEqual({ predictions: [['NaN', 1]] });
  });
});

describe('what the server tells about itself', () => {
  test('/contract has names, types, shapes and schemas of the model', async () => {
    const { app } = await serve(models.columns());
    expect((await app.inject('/contract')).json()).toMatchObject({
      inputs: [
        { name: 'age', type: 'float32', shape: [1] },
        { name: 'name', type: 'string', shape: [1] },
      ],
      outputs: [
        { name: 'older', type: 'float32', shape: [1] },
        { name: 'called', type: 'string', shape: [1] },
      ],
      limits: { maxBodyBytes: 1_572_864, timeoutMs: 60_000 },
      batching: { acrossRequests: true, maxRows: 256 },
    });
  });

  test('/contract says where bytes may come in base64', async () => {
    const base64 = expect.objectContaining({ required: ['b64'] });
    const { app: pictures } = await serve(models.identity('uint8', ['N', 2, 2]));
    const [picture] = (await pictures.inject('/contract')).json().instance.anyOf;
    expect(picture.anyOf).toEqual([expect.objectContaining({ type: 'array' }), base64]);
    const { app: texts } = await serve(models.identity('string', ['N']));
    const { instance, prediction } = (await texts.inject('/contract')).json();
    expect(instance.anyOf[0].anyOf).toEqual([{ type: 'string' }, base64]);
    expect(prediction).toEqual({ type: 'string' });
  });

  test('/openapi.json describes the predict route by the same schemas', async () => {
    const { app } = await serve(models.trees());
    const [contract, openapi] = [
      (await app.inject('/contract')).json(),
      (await app.inject('/openapi.json')).json(),
    ];
    expect(openapi.openapi).toBe('3.1.0');
    const { post: operation } = openapi.paths['/predict'];
    const body = operation.requestBody.content['application/json'].schema;
    expect(body.properties.instances.items).toEqual(contract.instance);
    const reply = operation.responses[200].content['application/json'].schema;
    expect(reply.properties.predictions.items).toEqual(contract.prediction);
    expect(contract.prediction.properties.scores).toMatchObject({ minItems: 2, maxItems: 2 });
  });

  test('/metrics counts requests, rows, runs and answers', async () => {
    const { app } = await serve(models.logistic(1));
    await app.inject(post({ instances: [1, 2, 3] }));
    await app.inject(post({ instances: ['a'] }));
    const { body, headers } = await app.inject('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of [
      'predictor_requests_total 2',
      'predictor_instances_total 3',
      'predictor_responses_total{code="200"} 1',
      'predictor_responses_total{code="400"} 1',
      'predictor_batch_rows_bucket{le="4"} 1',
      'predictor_model_seconds_count 1',
      'predictor_state{state="ready"} 1',
    ]) {
      expect(body.split('\n')).toContain(line);
    }
  });

  test('an access line is written when asked for, without the payload', async () => {
    const { app, lines } = await serve(models.logistic(1), { accessLog: true });
    await app.inject(post({ instances: [0.123456] }));
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({
      severity: 'INFO',
      message: 'request',
      httpRequest: { requestMethod: 'POST', requestUrl: '/predict', status: 200 },
    });
    expect(lines[0]).not.toContain('123456');
  });
});

describe('clients that misbehave', () => {
  test('pipelined requests are answered in order; an aborted one harms nobody', async () => {
    const { app, lines } = await serve(models.identity('float32'));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const port = portOf(app);
    const raw = (body: string, length = body.length): string =>
      `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;

    const aborted = connect(port, '127.0.0.1');
    await once(aborted, 'connect');
    aborted.write(raw('{"instances":[[1,', 40));
    aborted.destroy();

    const pipelined = connect(port, '127.0.0.1').setEncoding('utf8');
    let text = '';
    pipelined.on('data', (chunk: string) => {
      text += chunk;
    });
    pipelined.write(
      raw('{"instances":[[1,1]]}') + raw('{"instances":[[2,2]]}') + raw('{"instances":[[3,3]]}'),
    );
    await vi.waitFor(() =>
      expect([...text.matchAll(/"predictions":(.*)}/g)].map((match) => match[1])).toEqual([
        '[[1,1]]',
        '[[2,2]]',
        '[[3,3]]',
      ]),
    );
    pipelined.destroy();
    expect(lines).toEqual([]);
  });

  test.each([
    { name: 'no HTTP at all', text: 'HELO x\r\n\r\n', code: 400, message: 'expected an HTTP/1.1 request' },
    {
      name: 'an unknown method',
      text: 'BREW / HTTP/1.1\r\nhost: x\r\n\r\n',
      code: 400,
      message: 'expected an HTTP/1.1 request',
    },
    {
      name: 'two lengths',
      text: 'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{',
      code: 400,
      message: 'expected an HTTP/1.1 request',
    },
    {
      name: 'headers that are too large',
      text: `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      code: 431,
      message: 'expected headers of at most 16384 bytes, got more',
    },
    {
      name: 'no Host',
      text: 'GET /health HTTP/1.1\r\n\r\n',
      code: 400,
      message: 'expected a Host header, got none',
    },
    {
      name: 'an unknown expectation',
      text: 'GET /health HTTP/1.1\r\nhost: x\r\nexpect: tea\r\n\r\n',
      code: 417,
      message: 'expected no Expect but 100-continue',
    },
  ])('$name is refused in the form of all other errors', async ({ text, code, message }) => {
    const { app, lines } = await serve(models.logistic(1));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect(portOf(app), '127.0.0.1').setEncoding('utf8');
    await once(socket, 'connect');
    socket.write(text);
    let answer = '';
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    await once(socket, 'close');
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    expect(answer.toLowerCase()).toContain('content-type: application/json; charset=utf-8');
    expect(JSON.parse(answer.slice(answer.indexOf('{"error"')).replace(/\r\n.*$/s, '')).error).toMatchObject({
      code,
      message,
    });
    expect(lines).toEqual([]);
  });

  test('a request that drips is ended, and the server goes on', async () => {
    const { app } = await serve(models.logistic(1), { timeoutMs: 50 });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const port = portOf(app);
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    await once(socket, 'connect');
    socket.write(
      'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    const [head] = await once(socket, 'data');
    expect(String(head)).toMatch(/^HTTP\/1\.1 408 /);
    expect(String(head)).toContain('"message":"the request took too long to arrive"');
    expect((await app.inject(post({ instances: [1] }))).statusCode).toBe(200);
  });
});
