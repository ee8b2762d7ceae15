/**
 * What public reports describe, each with its smallest model: it is served right, or refused with what helps. Each
 * row is an example of a kind; the kinds' own tests are beside the sources.
 */
import { expect, onTestFinished, test, vi } from 'vitest';
import { causesOf } from '../../../predictor/model/model-error.ts';
import { serveHere, type Here } from '../serve-here.ts';
import type { Question } from './case.ts';
import { FIRST_CASES } from './first-cases.ts';
import { MORE_CASES } from './more-cases.ts';

// The checks of a model time its runs, of which a busy machine makes long ones.
vi.setConfig({ testTimeout: 60_000 });

test.each([...FIRST_CASES, ...MORE_CASES])(
  '$name',
  async ({ model, golden, settings, refused, asks, contract, remark }) => {
    const files = { 'model.onnx': model, ...(golden === undefined ? {} : { 'golden.jsonl': golden }) };
    const served = await serveHere(files, settings).catch((error: unknown) => causesOf(error).join(': '));
    expect(typeof served === 'string' ? served : '').toMatch(refused ?? /^$/);
    if (typeof served === 'string') return;
    onTestFinished(() => served.close());

    for (const question of asks ?? []) await ask(served, question);
    expect((await served.app.inject('/contract')).json()).toMatchObject(contract ?? {});
    expect(served.lines.join('')).toMatch(remark ?? /(?:)/);
  },
);

async function ask(
  { app }: Here,
  { instances, raw, status = 200, predictions, message }: Question,
): Promise<void> {
  const payload = raw ?? JSON.stringify({ instances });
  const headers = { 'content-type': 'application/json' };
  const reply = await app.inject({ method: 'POST', url: '/predict', headers, payload });
  const body = reply.json();
  const got = {
    status: reply.statusCode,
    message: body.error?.message ?? '',
    predictions: predictions === undefined ? undefined : body.predictions,
  };
  expect(got).toEqual({ status, message: expect.stringMatching(message ?? /^/), predictions });
}
