/** A version of another region is copied into the service's, once, and the copy is deployed. */
import { describe, expect, it } from 'vitest';
import { CallError } from '../../functions/errors.ts';
import { handleRequest } from '../../functions/intake/on-request.ts';
import { copyId } from '../../functions/release/ids.ts';
import { ledgerOf, message, outcomes, runTicks, testApp, YAML, type TestApp } from '../support/test-app.ts';

const SOURCE = 'projects/test-project/locations/europe-west4/models/risk';
const COPY = `projects/test-project/locations/us-central1/models/${copyId('churn', `${SOURCE}@3`)}`;

function withSource(yaml = YAML, errors: readonly string[] = []): TestApp {
  const s = testApp({ yaml, errors });
  s.world.vertex.foreignVersions.push({
    version: {
      model: SOURCE,
      version: '3',
      description: 'by hand',
      labels: new Map(),
      aliases: ['default', 'best'],
      createdAt: s.world.clock.now(),
    },
    isDeployable: true,
    artifactUri: '',
  });
  return s;
}

async function ask(s: TestApp, model = `${SOURCE}@3`, id = '7'): Promise<void> {
  await s.world.clock.sleep(1_000);
  const publishTime = new Date(s.world.clock.now()).toISOString();
  await handleRequest(message({ service: 'churn', model }, { id, publishTime }), s.app);
  await runTicks(s);
}

function copies(s: TestApp): unknown[] {
  return s.world.vertex.calls
    .filter(({ method }) => method === 'CopyModel')
    .map(({ arguments: args }) => args);
}

function deployed(s: TestApp): string[] {
  return [...s.world.vertex.endpoints.values()].flatMap(({ deployedModels, traffic }) =>
    deployedModels.map(({ id, model, version }) => `${model}@${version} ${traffic.get(id) ?? 0}`),
  );
}

describe('a model of another region', () => {
  it('is copied, and its copy goes live', async () => {
    const s = withSource();
    await ask(s);
    expect(s.world.vertex.calls.map(({ method }) => method)).toEqual([
      'CreateEndpoint',
      'CopyModel',
      'DeployModel',
      'UpdateEndpoint',
    ]);
    expect(copies(s)).toEqual([{ sourceModel: `${SOURCE}@3` }]);
    expect(deployed(s)).toEqual([`${COPY}@1 100`]);
    expect(ledgerOf(s.world, 'churn').outcomes).toMatchObject([
      { result: 'Live', artifact: `${SOURCE}@3`, version: '1' },
    ]);
  });

  it('is copied once, however often it is released', async () => {
    const s = withSource();
    await ask(s);
    await ask(s, `${SOURCE}@3`, '8');
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
    expect(copies(s)).toHaveLength(1);
  });

  it('is copied again where the copy was deleted', async () => {
    const s = withSource();
    await ask(s);
    s.world.vertex.foreignVersions.splice(1);
    await ask(s, `${SOURCE}@3`, '8');
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
    expect(copies(s)).toHaveLength(2);
  });

  it.each([
    ['came late', true],
    ['never began', false],
  ])('is copied once where the reply of the call was lost and it %s', async (_, begins) => {
    const s = withSource();
    const { vertex } = s.world;
    const copy = vertex.copy.bind(vertex);
    let calls = 0;
    vertex.copy = async (request) => {
      calls += 1;
      if (calls > 1) return copy(request);
      if (begins) await copy(request);
      throw new CallError('CopyModel', 'UNAVAILABLE', 'the reply was lost');
    };
    await ask(s);
    expect(outcomes(s.world)).toEqual(['Live']);
    expect(calls).toBe(begins ? 1 : 2);
    expect(copies(s)).toHaveLength(1);
    expect(vertex.foreignVersions.filter(({ version }) => version.model === COPY)).toHaveLength(1);
  });

  it('that is gone is refused before anything is copied', async () => {
    const s = withSource(YAML, ['release ended']);
    await ask(s, `${SOURCE}@4`);
    expect(ledgerOf(s.world, 'churn').outcomes).toMatchObject([
      { result: 'Refused', cause: { code: 'MODEL_NOT_FOUND' } },
    ]);
    expect(s.world.vertex.calls).toEqual([]);
  });

  it('is refused where it is of another project too', async () => {
    const s = withSource(
      YAML.replace('endpoint: churn\n', 'endpoint: churn\n    registry: [research-lab]\n'),
    );
    await ask(s, `${SOURCE.replace('test-project', 'research-lab')}@3`);
    expect(s.lines).toMatchObject([{ message: 'event refused', fields: { code: 'MODEL_ELSEWHERE' } }]);
  });
});
