import { expect, it } from 'vitest';
import type { Session } from '../../../../cli/session.ts';
import type { VersionDetails } from '../../../../cli/ledger-view/version-details.ts';
import { whyReport } from '../../../../cli/commands/why/report.ts';
import { whyText } from '../../../../cli/commands/why/text.ts';
import { parseConfig, type Service } from '../../../../functions/config/config.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import type { Endpoint, StoredObject, World } from '../../../../functions/world.ts';
import { withService } from '../../../functions/config/samples.ts';
import {
  artifactsOf,
  atRest,
  churn,
  config,
  ENDPOINT,
  MODEL,
  NOW,
  outcome,
  plain,
  releaseOf,
  request,
  stored,
  verdict,
  withStandby,
  noUploads,
} from '../../fixtures.ts';

const { ledger, endpoint } = atRest('v1');
const live = ledger.live?.deployedModel ?? '';
const release = ledger.live?.request.id ?? '';
const manifest = stored('v1', { name: 'churn/v1/manifest.json' });
const sha256 = 'a'.repeat(64);
const texts = {
  'churn/v1/manifest.json': JSON.stringify({
    schema: 1,
    files: [{ path: 'model.onnx', size: 100, sha256 }],
  }),
};
const mapping = stored('v1', { name: 'churn/v1/features.json' });
Object.assign(texts, {
  'churn/v1/features.json': JSON.stringify({
    schema: 1,
    inputs: [
      {
        name: 'x',
        columns: [
          { from: 'customer.orders', type: 'number' },
          { from: 'shop.size', type: 'number' },
          { from: 'request.amount', type: 'number' },
          { from: 'customer.visits', type: 'number' },
        ],
      },
    ],
    views: { customer: { version: '3' } },
  }),
});
const details: VersionDetails = {
  image: 'registry/churn@sha256:0123',
  artifactUri: 'gs://models/churn/v1',
  description: 'gs://models/churn/v1/model.onnx#11',
  labels: new Map([['slipway-release', release]]),
  aliases: ['live', 'default'],
  createdAt: NOW - 3_000_000,
};

function why(
  known: Ledger | null,
  found: Endpoint | null,
  version: VersionDetails | null = details,
  objects: readonly StoredObject[] = [stored('v1'), manifest],
  service: Service = churn,
) {
  const world = {
    ledgers: {
      read: () => Promise.resolve(known && { text: JSON.stringify(known), generation: '1', updatedAt: NOW }),
    },
    vertex: {
      getEndpoint: () => Promise.resolve(found),
      findEndpoints: () => Promise.resolve(found === null ? [] : [found]),
    },
    artifacts: artifactsOf(objects, texts),
  };
  const session: Session = {
    config,
    world: world as unknown as World,
    uploads: noUploads,
    env: {},
    versionDetails: () => Promise.resolve(version),
  };
  return whyReport(session, service);
}

it('goes from the serving model back to who asked for it', async () => {
  expect(whyText(await why(ledger, endpoint), plain)).toEqual([
    `churn ${ENDPOINT}`,
    `  100 % deployed model ${live}`,
    `    release   ${release}, attempt 1`,
    `    version   ${MODEL}@1, uploaded 2026-11-23 17:10:00Z`,
    '    aliases   live, default',
    `    labels    slipway-release=${release}`,
    '    image     registry/churn@sha256:0123',
    '    artifact  gs://models/churn/v1/model.onnx#11, 100 bytes, landed 2026-11-23 17:59:00Z',
    `              model.onnx sha256:${sha256}`,
    '    asked by  artifact upload, 2026-11-23 17:00:00Z',
    '    live      2026-11-23 17:10:00Z, after 10 m',
  ]);
});

it('tells what the gates said, what a rollback went back from, and which request asked for it', async () => {
  const { ledger: rest } = withStandby('v2', 'v1');
  const v2 = rest.live?.request ?? request('v2');
  const back = request('v1', 5, {
    id: 'r-back00000000',
    askedBy: 'request',
    order: { at: NOW, tie: 'cli-12345678' },
    version: '1',
    rollback: { from: v2.id, deployedModel: live },
  });
  const serving = { request: back, attempt: 1, deployedModel: live, since: NOW };
  const verdicts = [verdict('golden', 'pass', '32 rows')];
  const outcomes = [outcome(back, 1, { verdicts }), ...rest.outcomes];
  const { previous: _, ...known } = rest;
  const image = `registry/churn@sha256:${'b'.repeat(64)}`;
  const report = await why({ ...known, live: serving, outcomes }, endpoint, { ...details, image });
  expect(report.serving).toMatchObject([
    {
      deployedModel: live,
      release: back.id,
      version: { imageDigest: `sha256:${'b'.repeat(64)}` },
      artifact: { name: 'v1', sha256 },
      asked: { by: 'request', requestId: 'cli-12345678' },
      gates: [{ gate: 'golden', step: 1, verdict: 'pass' }],
      rollback: { from: v2.id, name: 'v2' },
    },
  ]);
  const lines = whyText(report, plain);
  expect(lines).toContain('    gates     golden passed in step 1: 32 rows');
  expect(lines).toContain(`    rollback  from v2 (${v2.id})`);
  expect(lines).toContain('    asked by  a request on the topic (cli-12345678), 2026-11-23 17:55:00Z');
});

it('tells the verdicts of a candidate that has some of the traffic', async () => {
  const candidate = ledger.live && {
    ...ledger,
    live: null,
    outcomes: [],
    release: releaseOf(ledger.live.request, { verdicts: [verdict('golden', 'pass', '')] }),
  };
  expect((await why(candidate, endpoint)).serving[0]).toMatchObject({
    gates: [{ gate: 'golden' }],
    rollback: null,
  });
});

it.each([
  ['overwritten', [stored('v1', { generation: '12' }), manifest], 'overwritten 2026-11-23 17:59:00Z'],
  ['deleted', [], 'deleted since'],
])('says that the artifact has been %s since', async (_, objects, text) => {
  const lines = whyText(await why(ledger, endpoint, details, objects), plain);
  expect(lines).toContain(`    artifact  gs://models/churn/v1/model.onnx#11, ${text}`);
  expect(lines.join('\n')).not.toContain(sha256);
});

it("reads what the ledger has forgotten from the version's description", async () => {
  const report = await why({ ...ledger, live: null, outcomes: [] }, endpoint);
  expect(report.serving[0]).toMatchObject({ artifact: { name: 'v1', state: 'same' }, asked: null });
});

it('looks for nothing that a description names outside the service', async () => {
  const forged = { ...details, description: 'gs://secrets/churn/v1/model.onnx#11' };
  const report = await why({ ...ledger, live: null, outcomes: [] }, endpoint, forged);
  expect(report.serving[0]?.artifact).toBeNull();
});

it('says what Slipway did not deploy, and what is gone', async () => {
  const theirs = { id: '77', model: `${MODEL}x`, version: '1', displayName: 'by hand' };
  const foreign = { ...endpoint, deployedModels: [theirs], traffic: new Map([['77', 100]]) };
  expect(whyText(await why(ledger, foreign, null), plain)).toEqual([
    `churn ${ENDPOINT}`,
    '  100 % deployed model 77',
    '    deployed  not by Slipway, as by hand',
    '    version   gone from Vertex AI',
  ]);
});

it('says that nothing serves', async () => {
  expect(whyText(await why(null, null), plain)).toEqual([
    'churn: the endpoint does not exist, so no model serves',
  ]);
  const idle = { ...endpoint, traffic: new Map<string, number>() };
  expect(whyText(await why(ledger, idle), plain)[1]).toContain('so no model serves');
});

it('names the stored features that the model reads, and the versions of their data', async () => {
  const yaml = `    interface: { request: { id: { type: string } }, response: { y: { type: number } } }
    features: { store: { kind: firestore }, views: { customer: { key: [id], table: "customer_v{version}" } } }`;
  const service = parseConfig(withService(yaml)).services.get('churn');
  const report = await why(ledger, endpoint, details, [stored('v1'), manifest, mapping], service);
  expect(report.serving[0]?.features).toEqual([
    { view: 'customer', version: '3', table: 'customer_v3', features: ['orders', 'visits'] },
    { view: 'shop', version: null, table: null, features: ['size'] },
  ]);
  expect(whyText(report, plain)).toEqual(
    expect.arrayContaining([
      '    features  customer version 3 (customer_v3): orders, visits',
      '              shop, which slipway.yaml does not have any more: size',
    ]),
  );
  const gone = await why(ledger, endpoint, details, [mapping], service);
  expect(gone.serving[0]?.features).toEqual([]);
});

it('names the views, and the versions of views, that no model of the service reads any more', async () => {
  const yaml = `    interface: { request: { id: { type: string } }, response: { y: { type: number } } }
    features: { store: { kind: firestore }, views: { customer: { key: [id], table: "customer_v{version}" }, old: { key: [id] } } }`;
  const service = parseConfig(withService(yaml)).services.get('churn');
  const before = {
    ...JSON.parse(String(Reflect.get(texts, 'churn/v1/features.json'))),
    views: { customer: { version: '2' } },
  };
  Object.assign(texts, { 'churn/v0/features.json': JSON.stringify(before) });
  const objects = [stored('v1'), mapping, stored('v0'), stored('v0', { name: 'churn/v0/features.json' })];
  const { previous, ...rest } = withStandby('v1', 'v0').ledger;
  const report = await why(rest, endpoint, details, objects, service);
  expect(report.unusedViews).toEqual([
    { view: 'old', version: null, table: 'old' },
    { view: 'customer', version: '2', table: 'customer_v2' },
  ]);
  expect(whyText(report, plain)).toContain(
    '  unused view customer version 2 (customer_v2) is read by neither the live model, its standby nor the candidate',
  );
  // A rollback would read it.
  const standby = await why({ ...rest, ...(previous && { previous }) }, endpoint, details, objects, service);
  expect(standby.unusedViews).toEqual([{ view: 'old', version: null, table: 'old' }]);
  // What the live model reads is not known once its artifact is another.
  const gone = await why(rest, endpoint, details, [mapping], service);
  expect(gone.unusedViews).toEqual([]);
});
