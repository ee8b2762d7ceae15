/** The command line against the whole local stack: release, watch, status, why, history, as a person runs them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PROBLEMS } from '../../functions/problems.ts';
import { startLocalStack, MODELS, type LocalStack } from '../support/local-stack.ts';
import { V1 } from './commands/land/folders.ts';
import { slipwayHere, slipwayProcess, type Ran } from './run-slipway.ts';

vi.setConfig({ testTimeout: 240_000 });

let local: LocalStack;

beforeAll(async () => {
  local = await startLocalStack({
    churn: { keepVersions: 2 },
    failing: {},
    drifting: {},
    holding: {},
    landing: {},
  });
}, 60_000);

afterAll(() => local.close());

function slipway(...args: string[]): Promise<Ran> {
  return slipwayHere(local, ...args);
}

async function json(...args: string[]) {
  const { stdout, stderr } = await slipway(...args, '--json');
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

describe('a release asked for by a person', () => {
  let first: string;

  it('finds nothing before anything has landed', async () => {
    expect(await slipwayProcess(local, 'status', 'churn')).toEqual({
      exitCode: 0,
      stdout: 'churn\n  live     no release yet\n',
      stderr: '',
    });
    const refused = await slipwayProcess(local, 'release', 'churn');
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toBe(
      `slipway: The artifact does not exist. Upload it, with the marker last. (nothing matches gs://${MODELS}/churn/*/model.onnx)\n`,
    );
  });

  it('watches what has landed until it is live', async () => {
    await local.land('churn', 'v1');
    await vi.waitFor(async () => expect((await json('status', 'churn')).services[0].release).not.toBeNull(), {
      timeout: 30_000,
    });
    const { exitCode, stdout, stderr } = await slipway('watch', 'churn');
    const [outcome] = await local.outcomes('churn', 1);
    first = outcome?.deployedModel ?? '';
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      new RegExp(`^v1  Live after \\d+ s, version 1, deployed model ${first}$`),
    );
  });

  it('plans to the letter what the engine then does, and changes nothing by planning', async () => {
    await local.atRest('churn');
    const before = [await local.endpoint('churn'), await ledgerText('churn')];
    const plan = await json(
      'plan',
      'churn',
      '--artifact',
      `gs://${MODELS}/churn/v1/`,
      '--request-id',
      'mine',
    );
    expect([await local.endpoint('churn'), await ledgerText('churn')]).toEqual(before);
    expect(plan).toMatchObject({ name: 'v1', result: 'Live', times: expect.stringContaining('measured') });

    const asked = await slipwayProcess(
      local,
      'release',
      'churn',
      '--artifact',
      `gs://${MODELS}/churn/v1/`,
      '--request-id',
      'mine',
      '--watch',
    );
    expect(asked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(asked.stdout).toContain(`release ${plan.release}, request mine`);
    const [, outcome] = await local.outcomes('churn', 2);
    expect(outcome).toMatchObject({ result: 'Live', release: plan.release, version: '2' });
    await local.atRest('churn');
    const deployedModelOf = (method: string) =>
      plan.calls.find((call: { method: string }) => call.method === method).arguments.deployedModelId;
    expect(deployedModelOf('DeployModel')).toBe(outcome?.deployedModel);
    expect(deployedModelOf('UndeployModel')).toBe(first);
  });

  it('is asked for once, however often with the same request id', async () => {
    const again = await json(
      'release',
      'churn',
      '--artifact',
      `gs://${MODELS}/churn/v1`,
      '--request-id',
      'mine',
    );
    await local.allTaken('onRequest');
    const { releases } = await json('history', 'churn');
    expect(releases.map((one: { release: string }) => one.release)[0]).toBe(again.release);
    expect(releases).toHaveLength(2);
    expect(await slipway('watch', 'churn', '--release', again.release)).toMatchObject({ exitCode: 0 });
  });

  it('says why it serves, and from what', async () => {
    const endpoint = await local.endpoint('churn');
    const why = await json('why', 'churn');
    const [outcome] = (await local.outcomes('churn', 2)).slice(-1);
    expect(why).toMatchObject({
      endpoint: endpoint.name,
      serving: [
        {
          deployedModel: outcome?.deployedModel,
          percent: 100,
          release: outcome?.release,
          version: {
            image: 'us-central1-docker.pkg.dev/e2e-project/slipway/predictor',
            labels: { 'slipway-release': outcome?.release },
          },
          artifact: { name: 'v1', uri: outcome?.artifact, state: 'same' },
          asked: { by: 'request' },
        },
      ],
    });
    const files = why.serving[0].artifact.files;
    expect(files.map((file: { path: string }) => file.path)).toContain('model.onnx');
    expect((await slipway('why', 'churn')).stdout).toContain('asked by  a request on the topic');
  });
});

// Services are apart from one another.
describe.concurrent('other services', () => {
  it('holds a service, and resumes it', async () => {
    expect(await slipway('hold', 'holding', '--reason', 'incident 7')).toMatchObject({ exitCode: 0 });
    const shown = (expected: object | null) =>
      vi.waitFor(async () => expect((await json('status', 'holding')).services[0].hold).toEqual(expected), {
        timeout: 30_000,
      });
    await shown({ since: expect.stringContaining('T'), reason: 'incident 7', requestedBy: null });
    await local.land('holding', 'v1');
    await vi.waitFor(
      async () => expect((await json('status', 'holding')).services[0].waiting).toHaveLength(1),
      { timeout: 30_000 },
    );
    expect(await json('plan', 'holding')).toMatchObject({ onHold: true, result: 'Live' });
    await json('resume', 'holding');
    await shown(null);
    expect(await slipway('watch', 'holding')).toMatchObject({ exitCode: 0 });
  });

  it('ends with 1 and the cause when a release fails', async () => {
    await local.land('failing', 'v1', { broken: true });
    await local.outcomes('failing', 1);
    const { exitCode, stdout } = await slipway('watch', 'failing');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^v1 {2}Failed after \d+ s/);
    expect(stdout).toContain(`\n  ${PROBLEMS.DEPLOY_BAD_ARTIFACT.text} (DEPLOY_BAD_ARTIFACT)\n`);
    expect(stdout).toMatch(/^ {2}model refused: expected an ONNX model, got something else/m);
  });

  it('lands a folder and follows it, once', async () => {
    const land = ['land', V1, '--service', 'landing', '--as', 'mine', '--watch'];
    const { exitCode, stdout, stderr } = await slipway(...land);
    expect([exitCode, stderr]).toEqual([0, '']);
    const [outcome] = await local.outcomes('landing', 1);
    const lines = stdout.trimEnd().split('\n');
    expect(new Set(lines.slice(0, 2))).toEqual(new Set(['golden.jsonl  6.9 kB', 'manifest.json  686 B']));
    expect(lines.slice(2, 5)).toEqual([
      'model.onnx  1.0 kB',
      `landed mine of landing (${outcome?.artifact})`,
      `release ${outcome?.release}`,
    ]);
    expect(lines.at(-1)).toMatch(/^mine {2}Live after \d+ s, version 1, deployed model \d+$/);

    const again = await json(...land.slice(0, -1));
    expect(again).toMatchObject({ service: 'landing', name: 'mine', release: outcome?.release });
    expect(again.files.map(({ uploaded }: { uploaded: boolean }) => uploaded)).toEqual([false, false, false]);
  });

  it('names what somebody has changed by hand', async () => {
    await local.land('drifting', 'v1');
    const [outcome] = await local.outcomes('drifting', 1);
    await local.atRest('drifting');
    const live = await json('status', 'drifting');
    expect(live.services[0]).toMatchObject({
      live: { name: 'v1', deployedModel: outcome?.deployedModel },
      deployed: [{ deployedModel: outcome?.deployedModel, percent: 100, role: 'live', name: 'v1' }],
      drift: [],
    });

    const { name } = await local.endpoint('drifting');
    await local.endpoints.updateEndpoint({
      endpoint: { name: name ?? '', trafficSplit: {} },
      updateMask: { paths: ['traffic_split'] },
    });
    const [undeploying] = await local.endpoints.undeployModel({
      endpoint: name ?? '',
      deployedModelId: outcome?.deployedModel ?? '',
    });
    await undeploying.promise();
    const { exitCode, stdout } = await slipway('status', 'drifting');
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      `drift    the live model ${outcome?.deployedModel} is not deployed on the endpoint; the next sweep calls DeployModel`,
    );
    const why = await slipway('why', 'drifting');
    expect(why.stdout).toContain('no deployed model has traffic');
  });
});

async function ledgerText(service: string): Promise<string> {
  const [bytes] = await local.bucket.storage
    .bucket('e2e-project-state')
    .file(`ledgers/${service}.json`)
    .download();
  return bytes.toString('utf8');
}
