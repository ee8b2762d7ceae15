/**
 * The engine's own tick, run on a copy of the ledger and on a simulated Vertex AI until nothing is left to do: what
 * it would call, in which order, and how long that takes. Nothing that writes is called. Only the artifact is read
 * for real, as a release reads it before anything is spent.
 */
import { pino } from 'pino';
import type { Config, Service } from '../../../functions/config/config.ts';
import { parseLedger, type Ledger } from '../../../functions/release/ledger/ledger.ts';
import { tick } from '../../../functions/release/tick.ts';
import type { Artifacts, World } from '../../../functions/world.ts';
import type { Call } from '../../../functions/rehearsal/call.ts';
import { InMemoryVertex } from '../../../functions/rehearsal/in-memory-vertex.ts';
import type { Durations } from '../../../functions/rehearsal/in-memory-operations.ts';
import { InMemoryLedgers } from '../../../functions/rehearsal/in-memory-ledgers.ts';
import { VirtualClock } from '../../../functions/rehearsal/virtual-clock.ts';
import type { Snapshot } from './snapshot.ts';

export interface Rehearsal {
  readonly calls: readonly Call[];
  /** How the ledger would be afterwards. */
  readonly ledger: Ledger;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** More ticks than any release needs: what is not at rest by then waits for something that a rehearsal lacks. */
const TICKS_MAX = 1_000;

/** Rejects with a CallError if the artifact could not be read. */
export async function rehearse(
  config: Config,
  service: Service,
  ledger: Ledger,
  given: {
    readonly snapshot: Snapshot;
    readonly durations: Durations;
    readonly artifacts: Artifacts;
    readonly now: number;
  },
): Promise<Rehearsal> {
  const clock = new VirtualClock(given.now);
  const { endpoints, versions, inProgress, registry } = given.snapshot;
  const vertex = new InMemoryVertex(service.parent, clock, given.durations);
  vertex.seed(endpoints, versions);
  vertex.foreignVersions.push(...registry);
  if (inProgress !== null)
    vertex.operations.resume(inProgress.name, inProgress.ends, () => inProgress.effect(vertex));
  const ledgers = new InMemoryLedgers(clock);
  const text = JSON.stringify({ ...ledger, lease: null });
  ledgers.texts.set(service.name, { text, generation: '1', updatedAt: 0 });
  const world: World = {
    vertex,
    ledgers,
    artifacts: failFastReads(given.artifacts),
    bus: { publish: () => Promise.resolve() },
    monitoring: { served: () => Promise.resolve(new Map()) },
    logs: { tail: () => Promise.resolve([]) },
    clock,
    random: () => 0.5,
  };
  const log = pino({ level: 'silent' });
  for (let n = 1; n <= TICKS_MAX; n += 1) {
    const { end } = await tick(config, withoutTrafficGates(service), world, {
      id: `rehearsal-${n}`,
      log,
    }).catch(unwrap);
    if (end === 'idle') break;
    if (end === 'again') await clock.sleep(10_000);
  }
  const after = await ledgers.read(service.name);
  return {
    calls: vertex.calls,
    ledger: after === null ? ledger : parseLedger(after.text, service.name),
    startedAt: given.now,
    endedAt: clock.now(),
  };
}

/** Nobody answers and nothing is served in a rehearsal: what asks the models is taken to pass after the bakes. */
function withoutTrafficGates(service: Service): Service {
  const gates = { ...service.rollout.gates, golden: null, features: null, comparison: null, metrics: null };
  return { ...service, rollout: { ...service.rollout, gates } };
}

/** Not a CallError: the engine would be patient with one, and ask Google again and again. */
class ArtifactReadFailed extends Error {
  override readonly name = 'ArtifactReadFailed';
}

function failFastReads(artifacts: Artifacts): Artifacts {
  const once = <T>(reading: Promise<T>) =>
    reading.catch((cause: unknown) => {
      throw new ArtifactReadFailed('the artifact cannot be read', { cause });
    });
  return {
    head: (bucket, name) => once(artifacts.head(bucket, name)),
    // A release reads what it names: it lists nothing.
    list: (bucket, prefix, glob) => artifacts.list(bucket, prefix, glob),
    read: (object, maxBytes) => once(artifacts.read(object, maxBytes)),
    readRange: (object, start, end) => once(artifacts.readRange(object, start, end)),
    sha256: (object, until) => once(artifacts.sha256(object, until)),
  };
}

function unwrap(error: unknown): never {
  throw error instanceof ArtifactReadFailed ? error.cause : error;
}
