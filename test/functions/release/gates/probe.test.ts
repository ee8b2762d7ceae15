import { describe, expect, it } from 'vitest';
import { CallError, type Status } from '../../../../functions/errors.ts';
import { noAnswer } from '../../../../functions/release/gates/golden.ts';
import { expectedAnswers, probe } from '../../../../functions/release/gates/probe.ts';
import { memoryWorld, type MemoryWorld } from '../../../support/memory-world.ts';

const ROWS = [1, 2].map((line) => ({ line, instance: line, prediction: line }));

function split(traffic: Readonly<Record<string, number>>): { world: MemoryWorld; endpoint: string } {
  const world = memoryWorld();
  const endpoint = world.vertex.addEndpoint('1', 'churn');
  world.vertex.disturb(endpoint, { traffic: new Map(Object.entries(traffic)) });
  world.vertex.answers = (id, instance) => `${id} says ${String(instance)}`;
  return { world, endpoint };
}

/** A world whose endpoint fails this way, after `ms`. */
function failing(world: MemoryWorld, ms: number): MemoryWorld {
  world.vertex.predict = async () => {
    await world.clock.sleep(ms);
    throw new CallError('Predict', 'INTERNAL', 'boom');
  };
  return world;
}

describe('probe', () => {
  it('hears each that is wanted, with all rows at once', async () => {
    const { world, endpoint } = split({ live: 95, new: 5 });
    const heard = await probe(world, endpoint, ROWS, ['new', 'live']);
    expect(heard.answers.get('new')).toEqual(['new says 1', 'new says 2']);
    expect(heard.answers.get('live')).toEqual(['live says 1', 'live says 2']);
    expect(heard).toMatchObject({ failures: 0, refusals: 0, lastFailure: null });
    expect(heard.requests).toBeLessThan(200);
  });

  it('asks no more once they have answered, and nothing where nobody is wanted', async () => {
    const { world, endpoint } = split({ new: 100 });
    await expect(probe(world, endpoint, ROWS, ['new'])).resolves.toMatchObject({ requests: 1 });
    await expect(probe(world, endpoint, ROWS, [])).resolves.toMatchObject({ requests: 0 });
  });

  it('gives up on one that never answers', async () => {
    const { world, endpoint } = split({ live: 100 });
    const heard = await probe(world, endpoint, ROWS, ['new']);
    expect(heard).toMatchObject({ requests: 200, failures: 0 });
    expect([...heard.answers.keys()]).toEqual(['live']);
  });

  it.each([0, 30_000])('gives up where all fail after %i ms each, in little more than 90 s', async (ms) => {
    const { world, endpoint } = split({ new: 100 });
    const began = world.clock.now();
    const heard = await probe(failing(world, ms), endpoint, ROWS, ['new']);
    expect(heard.failures).toBe(heard.requests);
    expect(heard).toMatchObject({ lastFailure: 'INTERNAL: boom', answers: new Map() });
    expect(world.clock.now() - began).toBeLessThan(90_000 + 35_000);
  });

  it.each<[Status, boolean]>([
    ['INTERNAL', true],
    ['INVALID_ARGUMENT', true],
    ['FAILED_PRECONDITION', true],
    ['NOT_FOUND', true],
    ['UNAVAILABLE', false],
    ['DEADLINE_EXCEEDED', false],
    ['RESOURCE_EXHAUSTED', false],
    ['PERMISSION_DENIED', false],
  ])('takes %s for the work of a model server: %s', async (status, isByServer) => {
    const { world, endpoint } = split({ new: 100 });
    world.vertex.predict = () => Promise.reject(new CallError('Predict', status, 'boom'));
    const heard = await probe(world, endpoint, ROWS, ['new']);
    expect(heard.refusals).toBe(isByServer ? heard.requests : 0);
  });

  it('stops where Vertex AI refuses the probing itself, and says what to do', async () => {
    const { world, endpoint } = split({ new: 100 });
    const words =
      "This endpoint is a dedicated endpoint via CloudESF and cannot be accessed through the Vertex AI API. Please access the endpoint using its dedicated dns name '1.us-central1-1.prediction.vertexai.goog'";
    world.vertex.predict = () => Promise.reject(new CallError('Predict', 'FAILED_PRECONDITION', words));
    const heard = await probe(world, endpoint, ROWS, ['new']);
    expect(heard).toMatchObject({ requests: 5, failures: 5, refusals: 0 });
    const { verdict, reason } = noAnswer(heard, 100);
    expect(verdict).toBe('hold');
    expect(reason).toMatch(/^this is a dedicated endpoint, .*'1\.us-central1-1\.prediction\.vertexai\.goog'/);
  });

  it("counts the container's own words against it under any status", async () => {
    const { world, endpoint } = split({ new: 100 });
    const body = '{ "code": 503, "type": "InternalServerException", "message": "Prediction failed" }';
    world.vertex.predict = () =>
      Promise.reject(new CallError('Predict', 'UNAVAILABLE', `14 UNAVAILABLE: ${body}`));
    const heard = await probe(world, endpoint, ROWS, ['new']);
    expect(noAnswer(heard, 100)).toMatchObject({ verdict: 'fail', reason: expect.stringContaining(body) });
  });

  it('takes nothing but failed calls for failures', async () => {
    const { world, endpoint } = split({ new: 100 });
    world.vertex.predict = () => Promise.reject(new TypeError('a fault of our own'));
    await expect(probe(world, endpoint, ROWS, ['new'])).rejects.toThrow(TypeError);
  });
});

it('a share of the requests is expected to be answered', () => {
  const heard = { answers: new Map(), requests: 200, failures: 0, refusals: 0, lastFailure: null };
  expect(expectedAnswers(heard, 5)).toBe(10);
});
