/** Models that are in the Vertex AI registry already: released without an upload, and never Slipway's to change. */
import { describe, expect, it } from 'vitest';
import { handleRequest } from '../../functions/intake/on-request.ts';
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { rebuild } from '../../functions/release/ledger/rebuild.ts';
import type { RegistryModel } from '../../functions/world.ts';
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

const OWN = 'projects/test-project/locations/us-central1/models/risk';
const FOREIGN = 'projects/research-lab/locations/us-central1/models/8273';
const FOREIGN_YAML = YAML.replace(
  '    endpoint: churn\n',
  '    endpoint: churn\n    registry: [research-lab]\n',
);

function inRegistry(s: TestApp, model: string, version: string, change: Partial<RegistryModel> = {}): void {
  const { vertex, clock } = s.world;
  vertex.foreignVersions.push({
    version: {
      model,
      version,
      description: 'by hand',
      labels: new Map(),
      aliases: ['default'],
      createdAt: clock.now(),
    },
    isDeployable: true,
    artifactUri: '',
    ...change,
  });
}

async function ask(s: TestApp, body: object, id = '7'): Promise<void> {
  await s.world.clock.sleep(1_000);
  const publishTime = new Date(s.world.clock.now()).toISOString();
  await handleRequest(message({ service: 'churn', ...body }, { id, publishTime }), s.app);
  await runTicks(s);
}

async function land(s: TestApp, name: string): Promise<void> {
  await s.world.clock.sleep(1_000);
  s.world.objects.put('models', name, name);
  await handleArtifact(finalized('models', name), s.app);
  await runTicks(s);
}

function deployed(s: TestApp): string[] {
  return [...s.world.vertex.endpoints.values()].flatMap(({ deployedModels, traffic }) =>
    deployedModels.map(({ id, model, version }) => `${model}@${version} ${traffic.get(id) ?? 0}`),
  );
}

describe('a model of the registry', () => {
  it.each([
    { whose: 'of the own project', model: OWN, yaml: YAML },
    { whose: 'of a project that the service allows', model: FOREIGN, yaml: FOREIGN_YAML },
  ])('$whose is deployed as that version, and nothing of it is changed', async ({ model, yaml }) => {
    const s = testApp({ yaml });
    inRegistry(s, model, '3');
    const before = structuredClone(s.world.vertex.foreignVersions);
    await ask(s, { model: `${model}@3` });
    expect(deployed(s)).toEqual([`${model}@3 100`]);
    expect(s.world.vertex.mutations).toEqual(['createEndpoint', 'deploy', 'UpdateEndpoint']);
    await passTime(s, 6 * HOUR);
    expect(s.world.vertex.mutations).toEqual(['createEndpoint', 'deploy', 'UpdateEndpoint']);
    expect(s.world.vertex.foreignVersions).toEqual(before);
    expect(ledgerOf(s.world, 'churn').outcomes).toMatchObject([
      { result: 'Live', artifact: `${model}@3`, version: '3', askedBy: 'request' },
    ]);
  });

  it('is one request by its name and requestId, however often it is asked for', async () => {
    const s = testApp();
    inRegistry(s, OWN, '3');
    for (const id of ['1', '2', '3']) await ask(s, { model: `${OWN}@3`, requestId: 'once' }, id);
    expect(outcomes(s.world)).toEqual(['Live']);
    await ask(s, { model: `${OWN}@3`, requestId: 'again' }, '4');
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
  });

  it('takes its place among artifacts by when it was asked for', async () => {
    const s = testApp();
    inRegistry(s, OWN, '1');
    await land(s, 'churn/v1/model.onnx');
    await ask(s, { model: `${OWN}@1` });
    expect(deployed(s)).toEqual([`${OWN}@1 100`]);
    await land(s, 'churn/v2/model.onnx');
    expect(deployed(s)).toEqual(['projects/test-project/locations/us-central1/models/slipway-churn@2 100']);
    expect(outcomes(s.world)).toEqual(['Live', 'Live', 'Live']);
  });

  it('keeps its aliases, and takes none from a version of the same number', async () => {
    const s = testApp();
    inRegistry(s, OWN, '1');
    await land(s, 'churn/v1/model.onnx');
    await ask(s, { model: `${OWN}@1` });
    s.world.vertex.calls.length = 0;
    const slipways = s.world.vertex.versions.find(({ version }) => version === '1');
    await s.world.vertex.moveAliases(slipways?.model ?? '', '2', ['live', 'default']);
    s.world.vertex.calls.length = 0;
    await passTime(s, 6 * HOUR);
    expect(s.world.vertex.mutations).toEqual([]);
  });

  it('is what a rollback goes back to, and away from', async () => {
    const s = testApp();
    inRegistry(s, OWN, '9');
    await ask(s, { model: `${OWN}@9` });
    await land(s, 'churn/v1/model.onnx');
    await ask(s, { action: 'rollback' }, '8');
    expect(deployed(s)).toEqual([`${OWN}@9 100`]);
    await land(s, 'churn/v2/model.onnx');
    await ask(s, { model: `${OWN}@9` }, '9');
    await ask(s, { action: 'rollback' }, '10');
    expect(deployed(s)).toEqual(['projects/test-project/locations/us-central1/models/slipway-churn@2 100']);
  });

  it('is deployed again when somebody has undeployed it', async () => {
    const s = testApp();
    inRegistry(s, OWN, '3');
    await ask(s, { model: `${OWN}@3` });
    const [endpoint] = s.world.vertex.endpoints.values();
    s.world.vertex.disturb(endpoint?.name ?? '', { deployedModels: [], traffic: new Map() });
    await passTime(s, HOUR);
    expect(deployed(s)).toEqual([`${OWN}@3 100`]);
  });

  it('is found again by a rebuilt ledger, and nothing that was asked for before goes over it', async () => {
    const s = testApp();
    inRegistry(s, OWN, '3');
    await ask(s, { model: `${OWN}@3` });
    s.world.ledgerTexts.set('churn', { text: '{', generation: '99', updatedAt: 0 });
    const service = s.config.services.get('churn');
    if (service === undefined) throw new Error('churn is a service');
    await rebuild(service, s.world, 'tick', s.app.log);
    expect(ledgerOf(s.world, 'churn').live?.request).toMatchObject({
      marker: OWN,
      generation: '3',
      bucket: '',
    });
    await passTime(s, HOUR);
    expect(deployed(s)).toEqual([`${OWN}@3 100`]);
  });
});

describe('is refused before anything is spent', () => {
  it.each([
    { what: 'one that is not there', change: null, code: 'MODEL_NOT_FOUND' },
    { what: 'one without a container', change: { isDeployable: false }, code: 'MODEL_NOT_SERVABLE' },
  ])('$what, with an outcome', async ({ change, code }) => {
    const s = testApp({ errors: ['release ended'] });
    if (change !== null) inRegistry(s, OWN, '3', change);
    await ask(s, { model: `${OWN}@3` });
    expect(s.world.vertex.mutations).toEqual([]);
    expect(ledgerOf(s.world, 'churn').outcomes).toMatchObject([{ result: 'Refused', cause: { code } }]);
  });

  it.each([
    { what: 'of another project', yaml: YAML, model: `${FOREIGN}@3`, code: 'MODEL_ELSEWHERE' },
    {
      what: 'of another project in another region',
      yaml: FOREIGN_YAML,
      model: `${FOREIGN.replace('us-central1', 'europe-west4')}@3`,
      code: 'MODEL_ELSEWHERE',
    },
    { what: 'by an alias', yaml: YAML, model: `${OWN}@champion`, code: 'MESSAGE_INVALID' },
    { what: 'without a version', yaml: YAML, model: OWN, code: 'MESSAGE_INVALID' },
    { what: 'by another path', yaml: YAML, model: `${OWN}/../x@3`, code: 'MESSAGE_INVALID' },
    { what: 'after a line', yaml: YAML, model: `${OWN}@3\n`, code: 'MESSAGE_INVALID' },
  ])('one $what, at the door', async ({ yaml, model, code }) => {
    const s = testApp({ yaml });
    await ask(s, { model });
    expect(s.lines.map(({ fields }) => fields['code'])).toContain(code);
    expect(s.world.ledgerTexts.size).toBe(0);
  });

  it('one beside an artifact', async () => {
    const s = testApp();
    await ask(s, { model: `${OWN}@3`, artifact: 'gs://models/churn/v1' });
    expect(s.lines.map(({ fields }) => fields['code'])).toContain('MESSAGE_INVALID');
  });
});

describe('the folder that it was made from', () => {
  const MANIFEST = (type: string) =>
    JSON.stringify({
      schema: 1,
      files: [{ path: 'model.onnx', size: 5, sha256: 'a'.repeat(64) }],
      signature: {
        inputs: [{ name: 'x', type, shape: [null, 2] }],
        outputs: [{ name: 'y', type: 'float32', shape: [null] }],
      },
    });

  async function withLive(s: TestApp): Promise<void> {
    s.world.objects.put('research', 'a/manifest.json', MANIFEST('float32'));
    s.world.objects.put('research', 'b/manifest.json', MANIFEST('string'));
    await s.world.clock.sleep(1_000);
    inRegistry(s, OWN, '1', { artifactUri: 'gs://research/a/' });
    await ask(s, { model: `${OWN}@1` }, '1');
  }

  it('tells the contract, where it can be read', async () => {
    const s = testApp({ errors: ['release ended'] });
    await withLive(s);
    inRegistry(s, OWN, '2', { artifactUri: 'gs://research/b' });
    await ask(s, { model: `${OWN}@2` }, '2');
    expect(ledgerOf(s.world, 'churn').outcomes[0]).toMatchObject({ cause: { code: 'CONTRACT_BROKEN' } });
    await ask(s, { model: `${OWN}@2`, overrideContract: true }, '3');
    expect(deployed(s)).toEqual([`${OWN}@2 100`]);
  });

  it.each([
    { what: 'written since', artifactUri: 'gs://research/c' },
    { what: 'none', artifactUri: '' },
    { what: 'no folder of a bucket', artifactUri: 'gs://../x' },
    { what: 'of the ledgers', artifactUri: 'gs://test-state/b' },
  ])('is not read where it is $what', async ({ artifactUri }) => {
    const s = testApp();
    await withLive(s);
    inRegistry(s, OWN, '2', { artifactUri });
    await s.world.clock.sleep(1_000);
    s.world.objects.put('research', 'c/manifest.json', MANIFEST('string'));
    s.world.objects.put('test-state', 'b/manifest.json', MANIFEST('string'));
    await ask(s, { model: `${OWN}@2` }, '2');
    expect(deployed(s)).toEqual([`${OWN}@2 100`]);
  });
});
