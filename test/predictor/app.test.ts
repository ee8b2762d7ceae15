import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import * as models from './models.ts';
import type { Runtime } from '../../predictor/model/runtime.ts';
import { inputless } from './models-without-rows.ts';
import { portOf, post, serve } from './requests.ts';

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
    await vi.waitFor(
      async () => expect((await app.inject(post({ instances: [1] }))).statusCode).toBe(200),
      20_000,
    );
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

  test('of a model without inputs: each instance is {}, and is answered the constant', async () => {
    const { app } = await serve(inputless());
    const { instance } = (await app.inject('/contract')).json();
    expect(instance).toMatchObject({ type: 'object', required: [], additionalProperties: false });
    const reply = await app.inject(post({ instances: [{}, { key: 7 }] }));
    expect(reply.json()).toEqual({ predictions: [3, { key: 7, y: 3 }] });
    expect((await app.inject(post({ instances: [1] }))).statusCode).toBe(400);
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
    await vi.waitFor(() => expect(lines).toHaveLength(1), 20_000);
    const line = JSON.parse(lines[0] ?? '');
    expect(line).toMatchObject({
      severity: 'INFO',
      message: 'request',
      httpRequest: { requestMethod: 'POST', requestUrl: '/predict', status: 200 },
    });
    expect(lines[0]).not.toContain('123456');
  });
});
