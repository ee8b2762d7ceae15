/** The same artifact under another generation: what a rewrite, a copy or a restore makes of it is no news. */
import { describe, expect, it } from 'vitest';
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../functions/intake/on-request.ts';
import { HOUR } from './support/refusing.ts';
import {
  finalized,
  ledgerOf,
  message,
  outcomes,
  passTime,
  runTicks,
  testApp,
  YAML,
  type TestApp,
} from '../support/test-app.ts';

async function land(s: TestApp, name: string, content?: string): Promise<void> {
  await s.world.clock.sleep(1_000);
  s.world.objects.put('models', name, content);
  await told(s, name);
}

/** The event of an object that is there. */
async function told(s: TestApp, name: string): Promise<void> {
  await handleArtifact(finalized('models', name), s.app);
  await runTicks(s);
}

async function rewrite(s: TestApp, ...names: string[]): Promise<void> {
  for (const name of names) {
    await s.world.clock.sleep(60_000);
    s.world.objects.rewrite('models', name);
    await told(s, name);
  }
}

function live(s: TestApp): string | undefined {
  return ledgerOf(s.world, 'churn').live?.request.marker;
}

const [V1, V2, V3] = ['churn/v1/model.onnx', 'churn/v2/model.onnx', 'churn/v3/model.onnx'] as const;

async function withThree(): Promise<TestApp> {
  const s = testApp();
  for (const name of [V1, V2, V3]) await land(s, name, `weights of ${name}`);
  return s;
}

describe('a rewritten artifact', () => {
  it.each<{ what: string; names: string[] }>([
    { what: 'the live one', names: [V3] },
    { what: 'the one before', names: [V2] },
    { what: 'an old one', names: [V1] },
    { what: 'the whole bucket, newest first', names: [V3, V2, V1] },
    { what: 'the whole bucket, twice', names: [V1, V2, V3, V1, V2, V3] },
  ])('changes nothing: $what', async ({ names }) => {
    const s = await withThree();
    const before = s.world.vertex.snapshot();
    await rewrite(s, ...names);
    await passTime(s, HOUR);
    expect(s.world.vertex.snapshot()).toEqual(before);
    expect(outcomes(s.world)).toEqual(['Live', 'Live', 'Live']);
  });

  it('is not the newest one', async () => {
    const s = await withThree();
    await land(s, 'churn/v4/model.onnx', 'newer');
    await rewrite(s, V1, V2, V3);
    await handleRequest(
      message({ service: 'churn' }, { publishTime: new Date(s.world.clock.now()).toISOString() }),
      s.app,
    );
    await runTicks(s);
    expect(live(s)).toBe('churn/v4/model.onnx');
  });

  it('that was never released keeps its place: a newer one goes before it', async () => {
    const s = testApp();
    s.world.vertex.operations.hanging.add('upload');
    await s.world.clock.sleep(1_000);
    s.world.objects.put('models', V1, 'one');
    await handleArtifact(finalized('models', V1), s.app);
    await s.world.clock.sleep(1_000);
    s.world.objects.put('models', V2, 'two');
    await handleArtifact(finalized('models', V2), s.app);
    s.world.vertex.operations.endHanging();
    await s.world.clock.sleep(1_000);
    s.world.objects.rewrite('models', V1);
    await handleArtifact(finalized('models', V1), s.app);
    await runTicks(s);
    expect(live(s)).toBe(V2);
    expect(outcomes(s.world).toSorted()).toEqual(['Live', 'Superseded SUPERSEDED']);
  });

  it('between its acceptance and its upload is still what was accepted', async () => {
    const s = testApp();
    s.world.objects.put('models', V1, 'one');
    await handleArtifact(finalized('models', V1), s.app);
    await s.world.clock.sleep(1_000);
    s.world.objects.rewrite('models', V1);
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live']);
  });
});

describe('a release that a person asks for', () => {
  it('by name brings back what was live, rewritten or not', async () => {
    const s = await withThree();
    await rewrite(s, V1);
    const publishTime = new Date(s.world.clock.now()).toISOString();
    await handleRequest(message({ service: 'churn', artifact: `gs://models/${V1}` }, { publishTime }), s.app);
    await runTicks(s);
    expect(live(s)).toBe(V1);
  });
});

describe('what lands again', () => {
  it('with other content under its name is another artifact', async () => {
    const s = await withThree();
    await land(s, V1, 'trained again');
    expect(live(s)).toBe(V1);
  });

  it('after it has failed is tried again', async () => {
    const s = testApp({ errors: ['release ended'] });
    s.world.vertex.operations.failing.set('deploy', {
      status: 'INVALID_ARGUMENT',
      message: 'Model server exited unexpectedly.',
    });
    await land(s, V1, 'one');
    s.world.vertex.operations.failing.clear();
    await rewrite(s, V1);
    expect(outcomes(s.world)).toEqual(['Failed DEPLOY_FAILED', 'Live']);
  });

  it('after it has failed, and is older than what is live, does not replace it', async () => {
    const s = testApp({ errors: ['release ended'] });
    s.world.vertex.operations.failing.set('deploy', {
      status: 'INVALID_ARGUMENT',
      message: 'Model server exited unexpectedly.',
    });
    await land(s, V1, 'one');
    s.world.vertex.operations.failing.clear();
    await land(s, V2, 'two');
    await rewrite(s, V1);
    expect(live(s)).toBe(V2);
    expect(outcomes(s.world)).toEqual(['Failed DEPLOY_FAILED', 'Live', 'Superseded SUPERSEDED']);
  });
});

describe.each([
  { marker: '_SUCCESS', said: '' },
  // Its name is that of a file of the model.
  { marker: 'model.json', said: '\n    marker: signal' },
])('a folder that ends with an empty $marker', ({ marker, said }) => {
  const yaml = YAML.replace('churn/*/model.onnx', `churn/*/${marker}${said}`);
  const landFolder = async (s: TestApp, version: string, content: string): Promise<void> => {
    s.world.objects.put('models', `churn/${version}/model.onnx`, content);
    await land(s, `churn/${version}/${marker}`, '');
  };

  it('is the same artifact when it is rewritten', async () => {
    const s = testApp({ yaml });
    await landFolder(s, 'v1', 'one');
    await landFolder(s, 'v2', 'two');
    await rewrite(s, 'churn/v1/model.onnx', `churn/v1/${marker}`);
    expect(live(s)).toBe(`churn/v2/${marker}`);
  });

  it('is the same artifact beside empty files, and with a placeholder of its folder', async () => {
    const s = testApp({ yaml });
    s.world.objects.put('models', 'churn/v1/__init__.py', '');
    await landFolder(s, 'v1', 'one');
    await landFolder(s, 'v2', 'two');
    s.world.objects.put('models', 'churn/v1/', '');
    await rewrite(s, 'churn/v1/__init__.py', 'churn/v1/model.onnx', `churn/v1/${marker}`);
    expect(live(s)).toBe(`churn/v2/${marker}`);
  });

  it('is not the newest one because it was rewritten', async () => {
    const s = testApp({ yaml });
    for (const version of ['v1', 'v2', 'v3']) await landFolder(s, version, version);
    await rewrite(s, `churn/v1/${marker}`, `churn/v2/${marker}`);
    const publishTime = new Date(s.world.clock.now()).toISOString();
    await handleRequest(message({ service: 'churn' }, { publishTime }), s.app);
    await runTicks(s);
    expect(live(s)).toBe(`churn/v3/${marker}`);
  });

  it('is another artifact when what lies beside it differs', async () => {
    const s = testApp({ yaml });
    await landFolder(s, 'v1', 'one');
    await landFolder(s, 'v1', 'trained again');
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
  });
});
