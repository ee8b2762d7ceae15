/** A service, its ledgers and a world that never changes by itself, for the tests of the command line. */
import { parseConfig, type Service } from '../../functions/config/config.ts';
import { CallError } from '../../functions/errors.ts';
import { deployedModelId, deployedModelName, LABELS, releaseId } from '../../functions/release/ids.ts';
import {
  emptyLedger,
  type Ledger,
  type Release,
  type Request,
} from '../../functions/release/ledger/ledger.ts';
import type { Outcome, Verdict } from '../../functions/release/publish/outcome.ts';
import type {
  Artifacts,
  Clock,
  Endpoint,
  Ledgers,
  ModelVersion,
  StoredObject,
} from '../../functions/world.ts';
import type { Uploads } from '../../cli/commands/land/uploads.ts';
import type { Theme, Screen } from '../../cli/terminal/screen.ts';

export const NOW = Date.parse('2026-11-23T18:00:00Z');
export const PARENT = 'projects/my-project/locations/us-central1';
export const ENDPOINT = `${PARENT}/endpoints/7`;
export const MODEL = `${PARENT}/models/slipway-churn`;

export const config = parseConfig(`
project: my-project
region: us-central1
state: my-state
services:
  churn: { artifacts: "gs://models/churn/*/model.onnx", image: "registry/churn", endpoint: churn }
  spam: { artifacts: "gs://models/spam/*/model.onnx", image: "registry/spam", endpoint: spam }
`);

export function serviceOf(name: string): Service {
  const service = config.services.get(name);
  if (service === undefined) throw new Error(`there is no service ${name}`);
  return service;
}

export const churn = serviceOf('churn');

/** A clock that begins at `NOW`. Sleeping takes no time. */
export function fastClock(): Pick<Clock, 'now' | 'sleep'> {
  let now = NOW;
  return {
    now: () => now,
    sleep: (ms) => {
      now += ms;
      return Promise.resolve();
    },
  };
}

/** Ledgers that are one further at every reading, and stay at the last. */
export function ledgersReading(looks: readonly (Ledger | null | CallError)[]): Pick<Ledgers, 'read'> {
  let reading = 0;
  return {
    read: (service) => {
      const seen = looks[Math.min(reading, looks.length - 1)] ?? null;
      reading += 1;
      if (seen instanceof CallError) return Promise.reject(seen);
      return Promise.resolve(
        seen && { text: JSON.stringify({ ...seen, service }), generation: '1', updatedAt: 0 },
      );
    },
  };
}

/** The same service with a rollout in three steps, two gates and a standby of two hours. */
export const canary: Service = {
  ...churn,
  rollout: {
    ...churn.rollout,
    strategy: 'canary',
    steps: [
      { traffic: 5, bakeMs: 300_000 },
      { traffic: 25, bakeMs: 600_000 },
      { traffic: 100, bakeMs: 900_000 },
    ],
    standbyMs: 7_200_000,
    gates: {
      ...churn.rollout.gates,
      golden: { tolerance: 1e-4, maxRows: 32 },
      features: { missing: 0.05, stale: 0.05, skew: 0.3, maxRows: 200 },
      metrics: { errorRate: 0.01, p95Ratio: 1.5, minSample: 50 },
    },
  },
};

/** Accepted `minutesAgo`, newer the later it was accepted. */
export function request(folder: string, minutesAgo = 5, more: Partial<Request> = {}): Request {
  const marker = `churn/${folder}/model.onnx`;
  const acceptedAt = NOW - minutesAgo * 60_000;
  return {
    id: releaseId('churn', 'models', marker, '11'),
    bucket: 'models',
    marker,
    generation: '11',
    order: { at: acceptedAt, tie: '11' },
    askedBy: 'artifact',
    acceptedAt,
    attempts: 1,
    version: null,
    ...more,
  };
}

export function releaseOf(asked: Request, more: Partial<Release> = {}): Release {
  return {
    request: asked,
    startedAt: asked.acceptedAt,
    attempt: 1,
    verified: false,
    deployed: false,
    aliased: false,
    failures: 0,
    notBefore: 0,
    lastCause: null,
    ...more,
  };
}

export function outcome(asked: Request, tookMinutes: number, more: Partial<Outcome> = {}): Outcome {
  return {
    release: asked.id,
    result: 'Live',
    cause: null,
    artifact: `gs://models/${asked.marker}#${asked.generation}`,
    version: '1',
    deployedModel: deployedModelId(asked.id, 1),
    askedBy: asked.askedBy,
    acceptedAt: asked.acceptedAt,
    endedAt: asked.acceptedAt + tookMinutes * 60_000,
    announced: true,
    ...more,
  };
}

export function ledger(more: Partial<Ledger> = {}): Ledger {
  return { ...emptyLedger('churn', NOW), ...more };
}

/** A ledger at rest, and the Vertex AI that agrees with it. */
export function atRest(folder: string): {
  ledger: Ledger;
  endpoint: Endpoint;
  version: ModelVersion;
} {
  const live = request(folder, 60, { version: '1' });
  const id = deployedModelId(live.id, 1);
  return {
    ledger: ledger({
      endpoint: ENDPOINT,
      live: { request: live, attempt: 1, deployedModel: id, since: live.acceptedAt + 600_000 },
      outcomes: [outcome(live, 10)],
    }),
    endpoint: endpointWith([{ folder, percent: 100 }]),
    version: {
      model: MODEL,
      version: '1',
      labels: new Map([[LABELS.release, live.id]]),
      aliases: ['live', 'default'],
      description: 'gs://models/churn/v1/model.onnx#11',
      createdAt: live.acceptedAt,
    },
  };
}

/** At rest, with the live model before as standby until an hour from now. */
export function withStandby(folder: string, before: string): ReturnType<typeof atRest> {
  const rest = atRest(folder);
  const was = request(before, 600, { version: '1' });
  const deployedModel = deployedModelId(was.id, 1);
  const live = { request: was, attempt: 1, deployedModel, since: was.acceptedAt + 600_000 };
  const previous = { live, until: NOW + 3_600_000, retired: false };
  return {
    ...rest,
    ledger: { ...rest.ledger, previous, outcomes: [...rest.ledger.outcomes, outcome(was, 10)] },
    endpoint: endpointWith([
      { folder, percent: 100 },
      { folder: before, percent: 0 },
    ]),
  };
}

export function verdict(gate: Verdict['gate'], said: Verdict['verdict'], reason: string, step = 0): Verdict {
  return { gate, step, verdict: said, reason, at: NOW - 60_000 };
}

export function endpointWith(models: readonly { folder: string; percent: number }[]): Endpoint {
  const deployed = models.map(({ folder }) => {
    const { id } = request(folder);
    return {
      id: deployedModelId(id, 1),
      model: MODEL,
      version: '1',
      displayName: deployedModelName(`churn/${folder}`, id, 1),
    };
  });
  return {
    name: ENDPOINT,
    displayName: 'churn',
    etag: 'e',
    labels: new Map(),
    deployedModels: deployed,
    traffic: new Map(models.map(({ percent }, i) => [deployed[i]?.id ?? '', percent])),
    dedicatedDns: null,
    isPrivate: false,
  };
}

export function stored(folder: string, more: Partial<StoredObject> = {}): StoredObject {
  const name = `churn/${folder}/model.onnx`;
  const unknown = { checksum: null, contentEncoding: null };
  return {
    bucket: 'models',
    name,
    generation: '11',
    createdAt: NOW - 60_000,
    size: 100,
    ...unknown,
    ...more,
  };
}

export function artifactsOf(objects: readonly StoredObject[], texts: Record<string, string> = {}): Artifacts {
  return {
    head: (bucket, name) =>
      Promise.resolve(objects.find((o) => o.bucket === bucket && o.name === name) ?? null),
    async *list(bucket, prefix) {
      yield objects.filter((o) => o.bucket === bucket && o.name.startsWith(prefix));
    },
    read: ({ name }) => Promise.resolve(texts[name] ?? null),
    readRange: ({ name }, start, end) =>
      Promise.resolve(name in texts ? Buffer.from(texts[name] ?? '').subarray(start, end) : null),
    sha256: ({ name }) =>
      Promise.reject(new CallError('artifacts.sha256', 'UNIMPLEMENTED', `nobody was to read all of ${name}`)),
  };
}

/** For commands that write no artifact. */
export const noUploads: Uploads = {
  create: (_, name) => Promise.reject(new CallError('artifacts.create', 'UNIMPLEMENTED', name)),
};

/** Without colours and bars, as into a file. */
export const plain: Theme = { paint: (_, text) => text, bars: false, now: NOW };

/** Keeps what was printed. */
export function recorder(
  isTerminal = false,
): Screen & { readonly lines: string[]; readonly values: unknown[] } {
  const lines: string[] = [];
  const values: unknown[] = [];
  return {
    isTerminal,
    lines,
    values,
    theme: (now) => ({ ...plain, now }),
    print: (more) => void lines.push(...more),
    json: (value) => void values.push(value),
    frame: (drawn) => void lines.push(...drawn.map((line) => `~${line}`)),
  };
}
