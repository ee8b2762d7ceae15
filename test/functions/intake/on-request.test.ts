import { describe, expect, it } from 'vitest';
import { Redeliver } from '../../../functions/app.ts';
import { handleArtifact } from '../../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../../functions/intake/on-request.ts';
import {
  finalized,
  ledgerOf,
  message,
  outcomes,
  runTicks,
  testApp,
  YAML,
  type TestApp,
} from '../../support/test-app.ts';

const JOB = 'projects/test-project/locations/us-central1/pipelineJobs/train-1';

async function ask(s: TestApp, push: Uint8Array): Promise<void> {
  await handleRequest(push, s.app);
  await runTicks(s);
}

/** Two artifacts of the service churn, of which the second is live. */
async function withTwo(): Promise<TestApp> {
  const s = testApp();
  for (const name of ['churn/v1/model.onnx', 'churn/v2/model.onnx']) {
    s.world.objects.put('models', name);
    await handleArtifact(finalized('models', name), s.app);
    await runTicks(s);
  }
  return s;
}

function liveMarker(s: TestApp): string | undefined {
  return ledgerOf(s.world, 'churn').live?.request.marker;
}

function outputs(...uris: string[]): { uri: string; schema: string }[] {
  return uris.map((uri) => ({ uri, schema: 'system.Model' }));
}

function at(s: TestApp): string {
  return new Date(s.world.clock.now()).toISOString();
}

describe('a request by a person', () => {
  it('releases the newest artifact of a service', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v2/model.onnx');
    await s.world.clock.sleep(1_000);
    s.world.objects.put('models', 'churn/a-later-one/model.onnx');
    s.world.objects.put('models', 'churn/upload-under-way/model.onnx', '');
    s.world.objects.put('models', 'churn/a-later-one/weights.bin');
    await ask(s, message({ service: 'churn' }, { publishTime: at(s) }));
    expect(liveMarker(s)).toBe('churn/a-later-one/model.onnx');
  });

  it('brings an older artifact back, as a release of its own', async () => {
    const s = await withTwo();
    const asked = { service: 'churn', artifact: 'gs://models/churn/v1' };
    await ask(s, message(asked, { publishTime: at(s) }));
    expect(liveMarker(s)).toBe('churn/v1/model.onnx');
    expect(outcomes(s.world)).toEqual(['Live', 'Live', 'Live']);
  });

  it('is overtaken by an artifact that lands later', async () => {
    const s = await withTwo();
    const asked = { service: 'churn', artifact: 'gs://models/churn/v1' };
    await ask(s, message(asked, { publishTime: at(s) }));
    await s.world.clock.sleep(1_000);
    s.world.objects.put('models', 'churn/v3/model.onnx');
    await handleArtifact(finalized('models', 'churn/v3/model.onnx'), s.app);
    await runTicks(s);
    expect(liveMarker(s)).toBe('churn/v3/model.onnx');
  });

  it('is one request however often its message is delivered', async () => {
    const s = await withTwo();
    const event = message({ service: 'churn', artifact: 'gs://models/churn/v1' }, { publishTime: at(s) });
    await ask(s, event);
    await ask(s, event);
    expect(outcomes(s.world)).toHaveLength(3);
  });

  it('is one request however often it is published with the same requestId', async () => {
    const s = await withTwo();
    const asked = { service: 'churn', artifact: 'gs://models/churn/v1', requestId: 'ticket-7' };
    await ask(s, message(asked, { id: '100', publishTime: at(s) }));
    await ask(s, message(asked, { id: '101', publishTime: at(s) }));
    expect(outcomes(s.world)).toHaveLength(3);
  });

  it.each([
    ['the marker itself', 'gs://models/churn/v1/model.onnx'],
    ['its folder', 'gs://models/churn/v1'],
    ['its folder with a slash', 'gs://models/churn/v1/'],
  ])('may name %s', async (_, artifact) => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    await ask(s, message({ service: 'churn', artifact }, { publishTime: at(s) }));
    expect(liveMarker(s)).toBe('churn/v1/model.onnx');
  });
});

describe('a finished pipeline', () => {
  it('has the model it made released, for the service whose artifact it is', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/run-1/model.onnx');
    s.world.vertex.jobs.set(JOB, {
      state: 'PIPELINE_STATE_SUCCEEDED',
      outputs: outputs('gs://elsewhere/metrics', 'gs://models/churn/run-1'),
    });
    await ask(s, message({ pipelineJob: JOB }));
    expect(liveMarker(s)).toBe('churn/run-1/model.onnx');
    expect(ledgerOf(s.world, 'churn').live?.request.askedBy).toBe('pipeline');
  });

  it('may announce itself while its last task still runs', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/run-1/model.onnx');
    const job = { state: 'PIPELINE_STATE_RUNNING', outputs: outputs('gs://models/churn/run-1/model.onnx') };
    s.world.vertex.jobs.set(JOB, job);
    await ask(s, message({ pipelineJob: JOB }));
    expect(outcomes(s.world)).toEqual(['Live']);
  });

  it('and the event of its artifact are one release', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/run-1/model.onnx');
    s.world.vertex.jobs.set(JOB, {
      state: 'PIPELINE_STATE_SUCCEEDED',
      outputs: outputs('gs://models/churn/run-1'),
    });
    await handleArtifact(finalized('models', 'churn/run-1/model.onnx'), s.app);
    await ask(s, message({ pipelineJob: JOB }));
    expect(outcomes(s.world)).toEqual(['Live']);
  });

  it('may be named by the number of its project', async () => {
    const s = testApp();
    const name = JOB.replace('test-project', '123456');
    s.world.objects.put('models', 'churn/run-1/model.onnx');
    s.world.vertex.jobs.set(name, {
      state: 'PIPELINE_STATE_SUCCEEDED',
      outputs: outputs('gs://models/churn/run-1'),
    });
    await ask(s, message({ pipelineJob: name }));
    expect(outcomes(s.world)).toEqual(['Live']);
  });

  it('may have run in the region of any service', async () => {
    const s = testApp({ yaml: YAML.replace('    keepVersions: 2', '    region: europe-west4') });
    const name = JOB.replace('us-central1', 'europe-west4');
    s.world.vertex.jobs.set(name, { state: 'PIPELINE_STATE_RUNNING', outputs: [] });
    await expect(handleRequest(message({ pipelineJob: name }), s.app)).rejects.toThrow(Redeliver);
  });

  it.each([
    ['another project', JOB.replace('test-project', 'other-project')],
    ['another region', JOB.replace('us-central1', 'europe-west4')],
  ])('of %s is refused, whatever it has made', async (_, name) => {
    const s = testApp();
    s.world.objects.put('models', 'churn/run-1/model.onnx');
    s.world.vertex.jobs.set(name, {
      state: 'PIPELINE_STATE_SUCCEEDED',
      outputs: outputs('gs://models/churn/run-1'),
    });
    await ask(s, message({ pipelineJob: name }));
    expect(s.lines).toMatchObject([{ message: 'event refused', fields: { code: 'PIPELINE_NOT_FOUND' } }]);
    expect(s.world.ledgerTexts.size).toBe(0);
  });

  it('that has produced no model yet is asked again', async () => {
    const s = testApp();
    s.world.vertex.jobs.set(JOB, { state: 'PIPELINE_STATE_RUNNING', outputs: [] });
    await expect(handleRequest(message({ pipelineJob: JOB }), s.app)).rejects.toThrow(Redeliver);
    expect(s.world.ledgerTexts.size).toBe(0);
  });

  it.each([
    ['is not there', null, 'PIPELINE_NOT_FOUND'],
    ['failed', { state: 'PIPELINE_STATE_FAILED', outputs: [] }, 'PIPELINE_FAILED'],
    ['was cancelled', { state: 'PIPELINE_STATE_CANCELLED', outputs: [] }, 'PIPELINE_FAILED'],
    [
      'made no model for a service',
      { state: 'PIPELINE_STATE_SUCCEEDED', outputs: outputs('gs://models/other/x') },
      'PIPELINE_WITHOUT_MODEL',
    ],
    [
      'made models for two services',
      {
        state: 'PIPELINE_STATE_SUCCEEDED',
        outputs: outputs('gs://models/churn/x', 'gs://models/fraud/a/b'),
      },
      'PIPELINE_AMBIGUOUS',
    ],
    [
      'lists an artifact that is gone',
      { state: 'PIPELINE_STATE_SUCCEEDED', outputs: outputs('gs://models/churn/x') },
      'ARTIFACT_NOT_FOUND',
    ],
  ])('that %s is refused', async (_, job, code) => {
    const s = testApp();
    if (job !== null) s.world.vertex.jobs.set(JOB, job);
    await handleRequest(message({ pipelineJob: JOB }), s.app);
    expect(s.lines).toMatchObject([{ level: 'warn', message: 'event refused', fields: { code } }]);
    expect(s.world.ledgerTexts.size).toBe(0);
  });
});
