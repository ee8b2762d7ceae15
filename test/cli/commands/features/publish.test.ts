/**
 * Results of batches in a view of the store: `slipway features publish` writes them, and a whole predictor answers by
 * them, in each store that a batch can be loaded into.
 */
import { Storage } from '@google-cloud/storage';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { pino } from 'pino';
import { publishResults, publishedText } from '../../../../cli/commands/features/publish.ts';
import { writerOf } from '../../../../cli/commands/features/writer.ts';
import type { Session } from '../../../../cli/session.ts';
import {
  FEATURES_VARIABLE,
  type FeatureSettings,
  type StoreSettings,
} from '../../../../common/artifact/feature-settings.ts';
import { INTERFACE_VARIABLE } from '../../../../common/artifact/interface.ts';
import { STORED_VARIABLE } from '../../../../common/artifact/stored-settings.ts';
import type { Published } from '../../../../common/batch/published.ts';
import type { PublishedView } from '../../../../common/batch/published-view.ts';
import { startEmulator, type Emulator } from '../../../../emulator/server.ts';
import { parseConfig } from '../../../../functions/config/config.ts';
import { googleWorld } from '../../../../functions/google/world.ts';
import { containerEnv } from '../../../../functions/release/calls/container-env.ts';
import { LABELS } from '../../../../functions/release/ids.ts';
import { openFeatureStore } from '../../../../predictor/features/stores/open.ts';
import { StoreError } from '../../../../predictor/features/stores/store.ts';
import { AMOUNT_FEATURES, AMOUNT_MODEL } from '../../../support/amount-model.ts';
import { firestore } from '../../../support/stores/firestore.ts';
import { postgres } from '../../../support/stores/postgres.ts';
import type { Server } from '../../../support/stores/world.ts';
import { post } from '../../../predictor/requests.ts';
import { serveHere, type Here } from '../../../predictor/serve-here.ts';
import { endpointWith, ledger, ledgersReading, noUploads } from '../../fixtures.ts';

const BUCKET = 'results';
const AT = Date.now() - 60_000;

const yamlOf = (answers: string) => `
project: my-project
region: us-central1
state: my-state
services:
  churn:
    artifacts: "gs://models/churn/*/model.onnx"
    image: registry/churn
    endpoint: churn
    interface:
      request: { id: { type: string }, amount: { type: number, default: 0 } }
      response: { score: { type: number }, words: { type: string, list: any } }
    features:
      store: { kind: sqlite, uri: gs://${BUCKET}/store.sqlite }
      views: { predictions: { key: [id], table: "predictions_{version}", time: at } }
      timeout: 5s
    batch: { outputs: gs://${BUCKET}/out/, publish: { key: [id], view: predictions, answers: ${answers} } }
`;

let emulator: Emulator;
const cleanups: (() => Promise<void>)[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ log: pino({ level: 'silent' }) });
  emulator.store.createBucket(BUCKET, {}, 'my-project');
  vi.stubEnv('STORAGE_EMULATOR_HOST', emulator.url);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await emulator.close();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const fileOf = (name: string) =>
  new Storage({ projectId: 'my-project', apiEndpoint: emulator.url }).bucket(BUCKET).file(name);
const put = (name: string, text: string) => fileOf(name).save(text);

/** A batch of that version, as the functions publish it. */
async function batchEnded(
  release: string,
  version: string,
  batch: string,
  lines: readonly object[],
): Promise<void> {
  const name = `out/${batch}/results.jsonl`;
  await put(name, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const acceptedAt = AT + Number(batch.slice(2));
  const files = [{ uri: `gs://${BUCKET}/${name}`, generation: null }];
  const published: Published = { schema: 1, service: 'churn', release, version, batch, acceptedAt, at: AT, key: ['id'], files }; // prettier-ignore
  await put(`out/_published/${release}.json`, JSON.stringify(published));
}

const row = (id: string, score: unknown, words: unknown = ['a', 'b']) => ({
  instance: { id },
  prediction: { score, words },
});

/** A table of a version that is not deployed, and the object that names one. */
async function left(store: StoreSettings, release: string, table: string, named: string) {
  const write = await writerOf(store, { ...process.env, STORAGE_EMULATOR_HOST: emulator.url });
  const columns = new Map([['id', { type: 'string', isList: false }], ['score', { type: 'number', isList: false }]] as const); // prettier-ignore
  await write({ table, key: ['id'], time: null, columns, isNew: true, drops: [] }, [['a', 0.1]], () => {});
  const published: PublishedView = { schema: 1, service: 'churn', release, version: release.slice(2), batch: 'b-9', acceptedAt: AT, at: AT, key: ['id'], view: 'predictions', table: named, rows: 1, previous: null }; // prettier-ignore
  await put(`out/_published/${release}.view.json`, JSON.stringify(published));
  return fileOf(`out/_published/${release}.view.json`);
}

/** The score of "a", if there is such a table. */
async function rowsIn(settings: StoreSettings, table: string): Promise<unknown[]> {
  const store = await openFeatureStore(settings, { replaced: () => {}, notReplaced: () => {} });
  try {
    const view = { name: 'v', table, key: ['id'], features: ['score'], time: null };
    const [row] = await store.get(view, [['a']], new AbortController().signal);
    return row ? [...row.values] : [];
  } catch (error) {
    if (error instanceof StoreError && error.isLasting) return [];
    throw error;
  } finally {
    await store.close();
  }
}

interface Stage {
  readonly store: StoreSettings;
  /** As `slipway features publish churn` does. */
  publish(): Promise<string[]>;
  /** The predictor of the version that this release uploaded. */
  serve(release: string): Promise<Here>;
}

function stageOf(server: Server | null, answers: string): Stage {
  const config = parseConfig(yamlOf(answers));
  const parsed = config.services.get('churn');
  if (parsed === undefined || parsed.features === null) throw new Error('no service');
  const settings: FeatureSettings = server
    ? { ...parsed.features.settings, store: server.settings }
    : parsed.features.settings;
  const service = { ...parsed, features: { ...parsed.features, settings } };
  const env = { STORAGE_EMULATOR_HOST: emulator.url, ...server?.env };
  const endpoint = endpointWith([{ folder: 'v1', percent: 100 }]);
  const [deployed] = endpoint.deployedModels;
  if (deployed === undefined) throw new Error('no model');
  const versions = ['4', '5'].map((version) => ({
    model: deployed.model,
    version,
    description: '',
    labels: new Map([[LABELS.release, `r-${version}`]]),
    aliases: [],
    createdAt: AT,
  }));
  const real = googleWorld(config, env);
  const world = {
    ...real,
    ledgers: { ...real.ledgers, ...ledgersReading([{ ...ledger(), endpoint: endpoint.name }]) },
    vertex: {
      ...real.vertex,
      getEndpoint: () =>
        Promise.resolve({
          ...endpoint,
          deployedModels: ['4', '5'].map((version) => ({ ...deployed, version })),
        }),
      listVersions: () => Promise.resolve(versions),
    },
  };
  const session: Session = { config, world, uploads: noUploads, env, versionDetails: () => Promise.resolve(null) }; // prettier-ignore
  return {
    store: settings.store,
    publish: async () => publishedText('churn', await publishResults(session, service, () => {})),
    serve: async (release) => {
      const given = containerEnv(service, release, null);
      const stored = JSON.parse(given.get(STORED_VARIABLE) ?? '{}');
      const here = await serveHere(
        { 'model.onnx': AMOUNT_MODEL, 'features.json': JSON.stringify(AMOUNT_FEATURES) },
        {
          [INTERFACE_VARIABLE]: JSON.stringify({
            ...service.interface,
            response: { score: { type: 'number' } },
          }),
          [FEATURES_VARIABLE]: given.get(FEATURES_VARIABLE) ?? '',
          [STORED_VARIABLE]: JSON.stringify({ ...stored, refreshMs: 5 }),
        },
      );
      cleanups.push(() => here.close());
      return here;
    },
  };
}

async function ask({ app }: Here, instances: readonly object[], parameters?: object) {
  const response = await app.inject(post({ instances, ...(parameters && { parameters }) }));
  return { status: response.statusCode, ...response.json<{ predictions?: unknown; error?: object }>() };
}

const logged = (here: Here, message: string, times = 1) =>
  vi.waitFor(() => expect(here.lines.join('').split(message).length - 1).toBeGreaterThanOrEqual(times), {
    timeout: 10_000,
  });

const SUBJECTS = [
  { name: 'SQLite', lacks: () => null, start: () => Promise.resolve(null) },
  { name: postgres.name, lacks: postgres.lacks, start: () => postgres.start([]) },
  { name: firestore.name, lacks: firestore.lacks, start: () => firestore.start([]) },
];

for (const subject of SUBJECTS) {
  const lacks = subject.lacks();
  describe.skipIf(lacks !== null)(`${subject.name}${lacks === null ? '' : ` (skipped: ${lacks})`}`, () => {
    let server: Server | null = null;
    beforeAll(async () => {
      await new Storage({ projectId: 'my-project', apiEndpoint: emulator.url }).bucket(BUCKET).deleteFiles();
      server = await subject.start();
      for (const [name, value] of Object.entries(server?.env ?? {})) vi.stubEnv(name, value);
    }, 60_000);
    afterAll(() => server?.stop());

    it('answers by the rows of its own version, a batch at a time, and by none of another version', async () => {
      const stage = stageOf(server, 'stored');
      expect(await stage.publish()).toEqual(['churn: no deployed version has results of a batch yet']);
      const here = await stage.serve('r-4');
      const other = await stage.serve('r-5');
      expect(await ask(here, [{ id: 'a' }])).toMatchObject({ predictions: [{ score: 0 }] });

      const hostile = "b/'%,.";
      await batchEnded('r-4', '4', 'b-1', [row('a', 0.1), row(hostile, 'NaN'), row('a', 0.5), { instance: { id: 'c' }, prediction: { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'no' } } }]); // prettier-ignore
      expect(await stage.publish()).toEqual(['version 4: 3 rows of batch b-1 loaded into predictions_4_b1']);
      await logged(here, 'predictions stored');
      // The last row of a key counts; what no column of numbers holds is answered as the batch wrote it.
      const { predictions } = await ask(here, [{ id: hostile }, { id: 'a' }], { source: true });
      const source = { from: 'stored', version: '4', at: new Date(AT).toISOString() };
      expect(predictions).toEqual([
        { score: 'NaN', words: ['a', 'b'], source },
        { score: 0.5, words: ['a', 'b'], source },
      ]);
      expect(await ask(here, [{ id: 'c' }])).toMatchObject({
        status: 400,
        error: { reason: 'PREDICTION_MISSING' },
      });
      // The version that a rollback brings back has rows of its own alone: at once, without a write.
      expect(await ask(other, [{ id: 'a' }])).toMatchObject({ predictions: [{ score: 0 }] });

      expect(await stage.publish()).toEqual(['version 4: 3 rows of batch b-1 are in predictions_4_b1']);
      for (const [batch, score] of [
        ['b-2', 0.6],
        ['b-3', 0.7],
      ] as const) {
        await batchEnded('r-4', '4', batch, [row('a', score)]);
        await stage.publish();
        await vi.waitFor(
          async () => expect(await ask(here, [{ id: 'a' }])).toMatchObject({ predictions: [{ score }] }),
          { timeout: 10_000 },
        );
      }
      // A withdrawal: the model answers.
      await fileOf('out/_published/r-4.view.json').delete();
      await logged(here, 'stored predictions withdrawn');
      expect(await ask(here, [{ id: 'a' }])).toMatchObject({ predictions: [{ score: 0 }] });
    }, 60_000);

    it('removes the tables of a version that is not deployed any more with the next load, and no others', async () => {
      const stage = stageOf(server, 'fresh');
      await batchEnded('r-4', '4', 'b-5', [row('a', 0.5)]);
      await stage.publish();
      const gone = await left(stage.store, 'r-3', 'predictions_3_b9', 'predictions_3_b9');
      // It names the table of another version.
      const stranger = await left(stage.store, 'r-2', 'predictions_2_b9', 'predictions_4_b5');
      await batchEnded('r-5', '5', 'b-6', [row('a', 0.6)]);
      await stage.publish();
      expect(await rowsIn(stage.store, 'predictions_3_b9')).toEqual([]);
      expect(await rowsIn(stage.store, 'predictions_4_b5')).toEqual([0.5]);
      expect((await gone.exists())[0]).toBe(false);
      expect((await stranger.exists())[0]).toBe(true);
    }, 60_000);

    it('keeps the batch before where the next one fails in the middle, and takes it the second time', async () => {
      const stage = stageOf(server, 'fresh');
      await batchEnded('r-5', '5', 'b-11', [row('a', 0.5)]);
      await stage.publish();
      const here = await stage.serve('r-5');
      await logged(here, 'predictions stored');
      const many = Array.from({ length: 700 }, (_, i) => row(`k-${i}`, i));
      await batchEnded('r-5', '5', 'b-12', many);
      const name = 'out/b-12/results.jsonl';
      const whole = many.map((line) => `${JSON.stringify(line)}\n`).join('');
      await put(name, `${whole}{`);
      await expect(stage.publish()).rejects.toThrow('JSON');
      expect(await ask(here, [{ id: 'a' }])).toMatchObject({ predictions: [{ score: 0.5 }] });
      expect(await ask(here, [{ id: 'k-1' }])).toMatchObject({ predictions: [{ score: 0 }] });
      await put(name, whole);
      expect(await stage.publish()).toContain(
        'version 5: 700 rows of batch b-12 loaded into predictions_5_b12',
      );
      await vi.waitFor(
        async () =>
          expect(await ask(here, [{ id: 'k-699' }])).toMatchObject({ predictions: [{ score: 699 }] }),
        { timeout: 10_000 },
      );
      expect(await ask(here, [{ id: 'a' }])).toMatchObject({ predictions: [{ score: 0 }] });
    }, 60_000);
  });
}
