/** A service whose every string is hostile, as long as the ledger's schema lets it be: for test/console/hostile-text.test.ts. */
import type { BatchLedger } from '../../functions/batch/ledger.ts';
import { batchLedgerName } from '../../functions/release/ledger/batch-runs.ts';
import { deployedModelId, deployedModelName } from '../../functions/release/ids.ts';
import { emptyLedger, type Ledger, type Request } from '../../functions/release/ledger/ledger.ts';
import type { Cause, Outcome, Verdict } from '../../functions/release/publish/outcome.ts';
import { endpointName, MINUTE, outcomeOf, releaseOf, requestOf } from './sample-ledgers.ts';
import { configOf, modelName, objectOf, PARENT, sampleWorld, type SampleWorld } from './sample-world.ts';

export const HOSTILE = 'hostile';
/** What every long string begins with: it would run where it is taken for HTML, or for an address. */
export const MARKUP = `<img src=x onerror="ran.push('img')">`;
/** Turns the direction of writing to the end of its line. */
export const OVERRIDE = '\u202E';

const ATTACK = [
  MARKUP,
  `<script>ran.push('script')</script>`,
  `"'><svg onload="ran.push('svg')"></svg>`,
  `<a href="javascript:ran.push('link')" style="position:fixed;inset:0">click</a>`,
  `<iframe srcdoc="<script>parent.ran.push('frame')</script>"></iframe>`,
  `\${ran.push('template')} {{constructor.constructor('ran.push(1)')()}} {%x%} <!-- --> ]]> \\u003cscript>`,
  OVERRIDE + 'detcerid \u2066\0\u001b[31m red\u0007',
].join(' ');

/** An attack of exactly `length` characters, without a space in its tail. */
function hostile(length: number): string {
  return (ATTACK + 'W'.repeat(Math.max(0, length - ATTACK.length))).slice(0, length);
}

/** A folder: what may stand between two slashes. */
const FOLDER = `${MARKUP}<svg onload=ran.push('folder')>javascript:ran.push('folder')#?%zz&amp;${'W'.repeat(880)}`;
/** As long as an ID of a release may be. */
const ids = ['"><img src=x>', 'javascript:ran()', '../../..?x#y', '<b onclick=ran()>'];

const cause: Cause = { code: hostile(64), text: hostile(600), detail: hostile(1_200) };

const verdictsAt = (at: number): Verdict[] =>
  (['contract', 'golden', 'features', 'comparison', 'metrics'] as const).map((gate) => ({
    gate,
    step: 0,
    verdict: 'fail',
    reason: hostile(400),
    at,
  }));

function hostileRequest(n: number, at: number): Request {
  return requestOf(HOSTILE, FOLDER, at, {
    id: ids[n] ?? `r-00000000000${n}`,
    askedBy: 'request',
    requestedBy: hostile(254),
    order: { at, tie: hostile(40) },
    version: hostile(20),
  });
}

function hostileOutcome(request: Request, result: Outcome['result']): Outcome {
  return outcomeOf(request, 9 * MINUTE, {
    result,
    cause,
    artifact: `gs://${hostile(2_390)}`,
    askedBy: hostile(40),
    requestedBy: hostile(254),
    promotedBy: hostile(254),
    endRequestedBy: hostile(254),
    endedBy: hostile(64),
    version: hostile(20),
    deployedModel: hostile(10),
    verdicts: verdictsAt(request.acceptedAt),
    reached: [[hostile(12), request.acceptedAt + MINUTE]],
    evidence: { golden: [[1, null]], comparison: [[null, 1]] },
  });
}

/** `releases`: the current one, and one that ended. */
export function hostileWorld(): { readonly world: SampleWorld; readonly releases: readonly string[] } {
  const rollout =
    'rollout: { strategy: canary, steps: [{ traffic: 5, bake: 10m }], gates: { golden: { tolerance: 0.001 }, comparison: { outsideTolerance: 0.05, tolerance: 0.02 }, metrics: {} } }';
  const batch = 'batch: { inputs: "gs://batches/hostile/*.jsonl", outputs: "gs://answers/hostile/" }';
  const world = sampleWorld(configOf([HOSTILE, 'neighbour'], { [HOSTILE]: `${rollout}, ${batch}` }));
  const now = Date.now();
  const [current, live, before, failed] = [0, 1, 2, 3].map((n) =>
    hostileRequest(n, now - n * 60 * MINUTE),
  ) as [Request, Request, Request, Request];
  const operation = `${PARENT}/operations/1`;
  world.operations.set(operation, {
    name: operation,
    done: false,
    error: null,
    stage: hostile(10_000),
    tookMs: null,
  });
  const models = [live, before, current].map(({ id }, n) => ({
    id: n === 2 ? 'stranger' : deployedModelId(id, 1),
    model: modelName(HOSTILE),
    version: hostile(10_000),
    displayName: n === 2 ? hostile(10_000) : deployedModelName(FOLDER, id, 1),
  }));
  world.endpoints.set(endpointName(HOSTILE), {
    name: endpointName(HOSTILE),
    displayName: HOSTILE,
    etag: 'e',
    labels: new Map(),
    deployedModels: models,
    traffic: new Map(models.map(({ id }, n) => [id, [60, 0, 40][n] ?? 0])),
    dedicatedDns: hostile(200),
    isPrivate: false,
  });
  world.objects.push(objectOf('models', live.marker, '11'));
  world.versions.set(`${modelName(HOSTILE)}@${hostile(10_000)}`, {
    image: hostile(10_000),
    artifactUri: hostile(10_000),
    description: hostile(10_000),
    labels: new Map([[hostile(60), hostile(60)]]),
    aliases: [hostile(1_000), 'live'],
    createdAt: now,
  });
  const kept = { deployedModel: deployedModelId(live.id, 1), since: now - 60 * MINUTE, attempt: 1 };
  const ledger: Ledger = {
    ...emptyLedger(HOSTILE, now),
    endpoint: endpointName(HOSTILE),
    hold: { since: now, reason: hostile(200), requestedBy: hostile(254) },
    parked: { since: now, reason: hostile(200), by: hostile(20), requestedBy: hostile(254), waking: true },
    outage: { release: ids[0] ?? '', since: now - MINUTE, ms: 0 },
    queue: [hostileRequest(5, now), hostileRequest(6, now)],
    release: releaseOf(current, {
      lastCause: cause,
      goingBack: cause,
      goingBackAt: now,
      goingBackBy: hostile(64),
      goingBackRequestedBy: hostile(254),
      promotedBy: hostile(254),
      verdicts: verdictsAt(now),
      reached: [[hostile(12), now]],
    }),
    pending: { kind: 'deploy', subject: hostile(128), name: operation, since: now },
    live: { request: live, ...kept },
    previous: {
      live: { request: before, ...kept, deployedModel: deployedModelId(before.id, 1) },
      until: now + 60 * MINUTE,
      retired: false,
    },
    refusals: [
      {
        asked: hostile(20),
        code: hostile(64),
        detail: hostile(600),
        patience: 'none',
        since: now,
        at: now,
        count: 3,
        notBefore: now,
      },
    ],
    leftovers: [
      {
        kind: 'undeploy',
        subject: hostile(128),
        since: now,
        failures: 2,
        notBefore: now,
        detail: hostile(400),
      },
    ],
    abandoned: [{ kind: 'deploy', subject: hostile(128), name: hostile(300), since: now, until: now }],
    outcomes: [hostileOutcome(failed, 'Failed'), hostileOutcome(live, 'Live')],
  };
  world.write(HOSTILE, ledger);
  world.write(batchLedgerName(HOSTILE), batchLedger(now));
  return { world, releases: [current.id, failed.id] };
}

function batchLedger(now: number): BatchLedger {
  const told = {
    cause,
    input: hostile(2_200),
    askedBy: hostile(40),
    release: hostile(20),
    version: hostile(20),
    job: hostile(300),
    output: hostile(2_100),
    rows: 3,
    succeeded: 1,
    failed: 2,
    replicaHours: 0.5,
    acceptedAt: now - MINUTE,
    endedAt: now,
    announced: true,
  };
  return {
    schema: 1,
    service: HOSTILE,
    epoch: 1,
    writeId: '',
    lease: null,
    runs: [
      {
        id: '<b onclick=ran()>',
        input: { uri: hostile(2_100), format: 'jsonl', generation: '1' },
        askedBy: 'object',
        acceptedAt: now,
        refusal: { since: now, count: 2, notBefore: now, code: hostile(64), detail: hostile(600) },
      },
    ],
    known: [],
    outcomes: [{ ...told, batch: '"><img src=x>', result: 'Failed' }],
  };
}
