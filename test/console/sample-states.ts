/** The sample services that are not at rest: in progress, failed, drifted, on hold. */
import { deployedModelId, LABELS } from '../../functions/release/ids.ts';
import { causeOf } from '../../functions/release/publish/outcome.ts';
import {
  change,
  ledgerOf,
  MINUTE,
  HOUR,
  outcomeOf,
  releaseOf,
  requestOf,
  said,
  SAMPLES,
  setEndpoint,
} from './sample-ledgers.ts';
import { modelName, objectOf, PARENT, type SampleWorld } from './sample-world.ts';

/** A canary that bakes at 25 %. */
export function inProgress(world: SampleWorld, now: number): void {
  const name = SAMPLES.progress;
  const { live } = ledgerOf(world, name);
  const candidate = requestOf(name, '2026-11-27-a', now - 27 * MINUTE, { version: '2' });
  if (live === null) return;
  world.versions.set(`${modelName(name)}@2`, {
    image: `us-docker.pkg.dev/my-project/slipway/predictor@sha256:${'3f2a9c1b'.repeat(8)}`,
    artifactUri: `gs://models/${name}/2026-11-27-a`,
    description: `gs://models/${candidate.marker}#11`,
    labels: new Map([[LABELS.release, candidate.id]]),
    aliases: [],
    createdAt: now - 26 * MINUTE,
  });
  world.objects.push(objectOf('models', candidate.marker, '11', now - 28 * MINUTE));
  setEndpoint(world, name, [
    [live.request, 75],
    [candidate, 25],
  ]);
  const at = now - 8 * MINUTE;
  change(world, name, {
    release: releaseOf(candidate, {
      deployed: true,
      served: true,
      step: 1,
      stepSince: at,
      reached: [
        ['verified', now - 26.8 * MINUTE],
        ['uploaded', now - 26 * MINUTE],
        ['deployed', now - 18.6 * MINUTE],
        ['step 1', now - 18.4 * MINUTE],
        ['step 2', at],
      ].map(([stage, time]): [string, number] => [String(stage), Math.round(Number(time))]),
      verdicts: [
        said('contract', 0, 'pass', 'the inputs and outputs are those of the live model', now - 27 * MINUTE),
        said('golden', 1, 'pass', '24 golden rows answered as expected (tolerance 0.001)', at + 2_000),
        said(
          'comparison',
          1,
          'pass',
          '24 rows: largest difference 0.0182, mean 0.0061, 0 % outside 0.02, rank agreement 0.98',
          at + 2_000,
        ),
        said('metrics', 0, 'pass', '412 requests: 0.2 % failed, p95 38 ms', at - 3_000),
        said('metrics', 1, 'hold', 'the candidate has served 31 of 50 requests', now - 40_000),
      ],
      evidence: {
        golden: Array.from({ length: 24 }, (_, n): [number, number] => [
          n + 1,
          Number((Math.abs(Math.sin(n * 2.3)) * 0.00071).toPrecision(4)),
        ]),
        comparison: Array.from({ length: 24 }, (_, n): [number, number] => {
          const x = (n * 0.618) % 1;
          return [Number(x.toPrecision(4)), Number((x + Math.sin(n * 1.7) * 0.018).toPrecision(4))];
        }),
        metrics: Array.from({ length: 12 }, (_, n): [number, number, number, number, number, number] => [
          Math.round(now - (17 - n * 1.4) * MINUTE),
          40 + n * 31,
          Number((0.002 + Math.abs(Math.sin(n)) * 0.003).toPrecision(3)),
          Math.round(36 + Math.sin(n * 1.3) * 4),
          0.0021,
          Math.round(31 + Math.sin(n * 0.7) * 2),
        ]),
      },
    }),
  });
}

/** Uploaded, and Vertex AI starts its server. */
export function deploying(world: SampleWorld, now: number): void {
  const name = SAMPLES.deploying;
  const request = requestOf(name, 'nightly-331', now - 4 * MINUTE, { version: '3', askedBy: 'pipeline' });
  const operation = `${PARENT}/operations/5511`;
  world.operations.set(operation, {
    name: operation,
    done: false,
    error: null,
    stage: 'STARTING_MODEL_SERVER',
    tookMs: null,
  });
  change(world, name, {
    release: releaseOf(request, {
      reached: [
        ['verified', now - 230_000],
        ['uploaded', now - 180_000],
      ],
    }),
    pending: {
      kind: 'deploy',
      subject: deployedModelId(request.id, 1),
      name: operation,
      since: now - 175_000,
    },
  });
}

/** Its candidate answered its golden rows wrongly. */
export function failed(world: SampleWorld, now: number): void {
  const name = SAMPLES.failed;
  const { outcomes } = ledgerOf(world, name);
  const request = requestOf(name, '2026-11-26', now - 95 * MINUTE, { version: '4' });
  const reason =
    '4 of 24 golden rows answered wrongly; line 7: prediction.score: expected 0.912, got 0.401 (tolerance 0.001)';
  const outcome = outcomeOf(request, 21 * MINUTE, {
    result: 'RolledBack',
    cause: causeOf('GATE_GOLDEN', reason),
    verdicts: [
      said('contract', 0, 'pass', 'the inputs and outputs are those of the live model', now - 95 * MINUTE),
      said('golden', 0, 'fail', reason, now - 75 * MINUTE),
    ],
    evidence: {
      golden: Array.from({ length: 24 }, (_, n): [number, number] => [
        n + 1,
        n === 6 ? 0.511 : n % 9 === 4 ? 0.0062 : Number((0.0001 + (n % 5) * 0.0001).toPrecision(3)),
      ]),
    },
  });
  change(world, name, { outcomes: [outcome, ...outcomes] });
}

export function drifted(world: SampleWorld, now: number): void {
  const name = SAMPLES.drifted;
  const { live } = ledgerOf(world, name);
  const stranger = requestOf(name, 'by-hand', now - 50 * HOUR, { version: '9' });
  if (live !== null)
    setEndpoint(world, name, [
      [live.request, 60],
      [stranger, 40],
    ]);
}

/** Nobody asks at night: its live model is deployed again in the morning. */
export function parked(world: SampleWorld, now: number): void {
  setEndpoint(world, SAMPLES.parked, []);
  change(world, SAMPLES.parked, {
    parked: {
      since: now - 3 * HOUR,
      reason: 'no rates are asked for at night',
      by: 'request',
      requestedBy: 'ada@example.com',
    },
  });
}

export function held(world: SampleWorld, now: number): void {
  const waiting = requestOf(SAMPLES.held, 'v9', now - 30 * MINUTE);
  change(world, SAMPLES.held, {
    hold: { since: now - 2 * HOUR, reason: 'the price list is being migrated' },
    queue: [waiting],
  });
}

/** Its live model reads one of the two views of the store. */
export function featured(world: SampleWorld): void {
  const { live } = ledgerOf(world, SAMPLES.featured);
  if (live === null) return;
  const file = live.request.marker.replace('model.onnx', 'features.json');
  const text = JSON.stringify({
    schema: 1,
    inputs: [
      {
        name: 'features',
        columns: [
          { from: 'customer.orders_30d', type: 'number' },
          { from: 'customer.country', type: 'number' },
          { from: 'request.amount', type: 'number' },
        ],
      },
    ],
    outputs: { size: { output: 'size' } },
    views: { customer: { version: '3' } },
  });
  world.objects.push({ ...objectOf('models', file, '12'), size: Buffer.byteLength(text) });
  world.texts.set(file, text);
}
