import { afterEach, describe, expect, test } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { defineHandler, type Handler } from '../../../predictor/handler.ts';
import { withHandler, type Predict } from '../../../predictor/serve/handled.ts';
import type { Predictor } from '../../../predictor/serve/predictor.ts';
import * as models from '../models.ts';
import { serveApp, type Settings } from '../served.ts';

const open: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

interface Answer {
  readonly code: number;
  readonly json: { predictions?: unknown; error?: { message: string } };
  readonly lines: string[];
}

async function ask<State>(
  handler: Handler<State>,
  body: unknown,
  state: State,
  settings: Settings = {},
): Promise<Answer> {
  const around = (predictor: Predictor): Predict => withHandler(predictor, handler, state);
  const { app, lines } = await serveApp(models.identity('float32'), { ...settings, around });
  open.push(app);
  const headers = { 'content-type': 'application/json' };
  const response = await app.inject({
    method: 'POST',
    url: '/predict',
    headers,
    payload: JSON.stringify(body),
  });
  return { code: response.statusCode, json: response.json(), lines };
}

describe('a handler', () => {
  test('changes instances before and predictions after the model, with its state and its parameters', async () => {
    const handler = defineHandler<{ scale: number }>({
      parameters: ['shift'],
      before: ({ instances, state }) => instances.map((value) => [Number(value) * state.scale, 0]),
      async after({ predictions, instances, parameters }) {
        await Promise.resolve();
        return predictions.map((prediction, i) => ({
          of: instances[i],
          shift: parameters.get('shift'),
          prediction,
        }));
      },
    });
    const { code, json } = await ask(
      handler,
      { instances: [1, 2], parameters: { shift: 3, decimals: 0 } },
      { scale: 10.25 },
    );
    expect([code, json]).toEqual([
      200,
      {
        predictions: [
          { of: 1, shift: 3, prediction: [10, 0] },
          { of: 2, shift: 3, prediction: [21, 0] },
        ],
      },
    ]);
  });

  test('may refuse an instance by name', async () => {
    const handler = defineHandler({ before: ({ refuse }) => refuse(1, 'a city we know', 'another') });
    const { code, json, lines } = await ask(handler, { instances: [0, 1] }, undefined);
    expect([code, json.error?.message]).toEqual([400, 'instances[1]: expected a city we know, got another']);
    expect(lines).toEqual([]);
  });

  test.each([
    { name: 'before throws', handler: defineHandler({ before: () => JSON.parse('{secret') }) },
    { name: 'after rejects', handler: defineHandler({ after: () => Promise.reject(new Error('secret')) }) },
    {
      name: 'after passes on the error of another server',
      handler: defineHandler({
        after: () => Promise.reject(Object.assign(new Error('secret'), { statusCode: 404, code: 'ENOENT' })),
      }),
    },
    { name: 'before loses a row', handler: defineHandler({ before: () => [] }) },
    { name: 'after adds a row', handler: defineHandler({ after: ({ predictions }) => [...predictions, 1] }) },
  ])('that fails ($name) is a 500 with an id; details go to the log alone', async ({ handler }) => {
    const { code, json, lines } = await ask(handler, { instances: [[1, 2]] }, undefined);
    expect(code).toBe(500);
    expect(json.error?.message).toMatch(
      /^the prediction failed; the log has the cause under errorId [\da-f-]{36}$/,
    );
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ severity: 'ERROR', message: 'prediction failed' });
  });

  test('that does not end is given up when its caller would be', async () => {
    const handler = defineHandler({ before: () => new Promise<never>(() => {}) });
    const { code, json, lines } = await ask(handler, { instances: [[1, 2]] }, undefined, { timeoutMs: 20 });
    expect([code, json.error?.message]).toEqual([503, 'the handler took too long']);
    expect(lines).toEqual([]);
  });

  test('does not stand between a body that does not fit and its refusal', async () => {
    const { code, json } = await ask(defineHandler({}), { rows: [] }, undefined);
    expect([code, json.error?.message]).toEqual([
      400,
      'request: expected the fields "instances" and "parameters", got the field "rows"',
    ]);
  });
});
