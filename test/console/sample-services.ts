/** Services in every state that a page shows, with the words of real ones: for tests, and for the pictures in docs/. */
import { deployedModelId, LABELS } from '../../functions/release/ids.ts';
import type { Request } from '../../functions/release/ledger/ledger.ts';
import { causeOf } from '../../functions/release/publish/outcome.ts';
import {
  change,
  endpointName,
  HOUR,
  MINUTE,
  outcomeOf,
  requestOf,
  SAMPLES,
  setEndpoint,
} from './sample-ledgers.ts';
import { deploying, drifted, failed, featured, held, inProgress, parked } from './sample-states.ts';
import { configOf, modelName, objectOf, sampleWorld, type SampleWorld } from './sample-world.ts';

const CANARY =
  'rollout: { strategy: canary, steps: [{ traffic: 5, bake: 10m }, { traffic: 25, bake: 15m }], bake: 15m, standby: 2h, ' +
  'gates: { golden: { tolerance: 0.001 }, comparison: { outsideTolerance: 0.05, tolerance: 0.02 }, metrics: {} } }';

const FEATURES =
  'interface: { request: { basket_id: { type: string }, amount: { type: number } }, response: { size: { type: number } } }, ' +
  'features: { store: { kind: firestore }, views: { customer: { key: [basket_id], table: "customer_v{version}" }, weather: { key: [basket_id] } } }';

const NAMES = [...Object.values(SAMPLES), 'ad-click', 'credit-risk', 'image-tags'];

/** `count` services in all: those of `SAMPLES`, and more at rest. */
export function sampleServices(count = NAMES.length): SampleWorld {
  const more = Array.from(
    { length: Math.max(0, count - NAMES.length) },
    (_, n) => `model-${String(n + 1).padStart(3, '0')}`,
  );
  const names = [...NAMES, ...more];
  const batch =
    ', batch: { inputs: "gs://batches/recommendations/*.jsonl", outputs: "gs://answers/recommendations/" }';
  const world = sampleWorld(
    configOf(names, {
      [SAMPLES.progress]: CANARY,
      [SAMPLES.failed]: CANARY,
      [SAMPLES.featured]: FEATURES,
      [SAMPLES.empty]: 'region: europe-west4',
      [SAMPLES.steady]: `rollout: { standby: 2h }${batch}`,
    }),
  );
  const now = Date.now();
  for (const [n, name] of names.entries()) {
    if (name === SAMPLES.empty) continue;
    if (name === SAMPLES.unreadable) world.write(name, '{"schema":1,"service":"spam-filter"}');
    else atRest(world, name, 1 + (n % 7), now - (n + 1) * 5 * HOUR);
  }
  inProgress(world, now);
  deploying(world, now);
  failed(world, now);
  drifted(world, now);
  held(world, now);
  parked(world, now);
  featured(world);
  world.idle.add(endpointName(SAMPLES.idle));
  return world;
}

/** Live for a while, after a few releases. */
function atRest(world: SampleWorld, name: string, releases: number, since: number): void {
  const requests = Array.from({ length: releases }, (_, n) =>
    requestOf(name, `v${releases - n}`, since - n * 31 * HOUR, { version: String(releases - n) }),
  );
  const [live, before] = requests;
  if (live === undefined) return;
  const outcomes = requests.map((request, n) =>
    n === 2
      ? outcomeOf(request, 4 * MINUTE, {
          result: 'Failed',
          deployedModel: null,
          cause: causeOf(
            'DEPLOY_BAD_ARTIFACT',
            'FAILED_PRECONDITION: Model server exited unexpectedly.\nmodel refused: expected 12 inputs, got 11',
          ),
        })
      : outcomeOf(request, (name === SAMPLES.progress ? 52 : 9 + (n % 3)) * MINUTE),
  );
  const standby = before !== undefined && Date.now() - since < 10 * HOUR;
  setEndpoint(world, name, [[live, 100], ...(standby ? [[before, 0] as [Request, number]] : [])]);
  world.objects.push(objectOf('models', live.marker, '11', since - 20_000));
  const { id } = live;
  world.versions.set(`${modelName(name)}@${live.version}`, {
    image: `us-docker.pkg.dev/my-project/slipway/predictor@sha256:${'3f2a9c1b'.repeat(8)}`,
    artifactUri: `gs://models/${name}/v${releases}`,
    description: `gs://models/${live.marker}#11`,
    labels: new Map([
      [LABELS.release, id],
      [LABELS.service, name],
    ]),
    aliases: ['live', 'default'],
    createdAt: since + 50_000,
  });
  change(world, name, {
    endpoint: endpointName(name),
    live: { request: live, attempt: 1, deployedModel: deployedModelId(id, 1), since: since + 9 * MINUTE },
    ...(standby && {
      previous: {
        live: {
          request: before,
          attempt: 1,
          deployedModel: deployedModelId(before.id, 1),
          since: before.acceptedAt,
        },
        until: Date.now() + 80 * MINUTE,
        retired: false,
      },
    }),
    took: { upload: 48_000, deploy: 7 * MINUTE, undeploy: 90_000 },
    outcomes,
  });
}
