/**
 * The engine's own tick, run on a copy of the ledger and on a simulated Vertex AI until nothing is left to do: what
 * it would call, in which order, and how long that takes. Nothing that writes is called. Only the artifact is read
 * for real, as a release reads it before anything is spent.
 */
import { pino } from 'pino';
import type { Config, Service } from '../../../functions/config/config.ts';
import { CallError } from '../../../functions/errors.ts';
import { parseLedger, type Ledger } from '../../../functions/release/ledger/ledger.ts';
import { tick } from '../../../functions/release/tick.ts';
import type { Artifacts, Clock, Ledgers, World } from '../../../functions/world.ts';
import { simulatedVertex, type Call, type Durations, type Snapshot } from './simulated-vertex.ts';

export interface Rehearsal {
  readonly calls: readonly Call[];
  /** How the ledger would be afterwards. */
  readonly ledger: Ledger;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** More ticks than any release needs: what is not at rest by then waits for something that a rehearsal lacks. */
const MOST_TICKS = 1_000;

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
  const clock = virtualClock(given.now);
  const parent = `projects/${config.project}/locations/${config.region}`;
  const { vertex, calls } = simulatedVertex(parent, clock, given.durations, given.snapshot);
  const ledgers = ledgerInMemory({ ...ledger, lease: null }, clock);
  const world: World = {
    vertex,
    ledgers,
    artifacts: impatient(given.artifacts),
    bus: { publish: () => Promise.resolve() },
    monitoring: { served: () => Promise.resolve(new Map()) },
    logs: { tail: () => Promise.resolve([]) },
    clock,
    random: () => 0.5,
  };
  const log = pino({ level: 'silent' });
  for (let n = 1; n <= MOST_TICKS; n += 1) {
    const { end } = await tick(config, persuaded(service), world, { id: `rehearsal-${n}`, log }).catch(
      unwrap,
    );
    if (end === 'idle') break;
    if (end === 'again') await clock.sleep(10_000);
  }
  const after = await ledgers.read(service.name);
  return {
    calls,
    ledger: after === null ? ledger : parseLedger(after.text, service.name),
    startedAt: given.now,
    endedAt: clock.now(),
  };
}

/** Nobody answers and nothing is served in a rehearsal: what asks the models is taken to pass after the bakes. */
function persuaded(service: Service): Service {
  const gates = { ...service.rollout.gates, golden: null, comparison: null, metrics: null };
  return { ...service, rollout: { ...service.rollout, gates } };
}

/** Not a CallError: the engine would be patient with one, and ask Google again and again. */
class Unread extends Error {
  override readonly name = 'Unread';
}

function impatient(artifacts: Artifacts): Artifacts {
  const once = <T>(reading: Promise<T>) =>
    reading.catch((cause: unknown) => {
      throw new Unread('the artifact cannot be read', { cause });
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
  throw error instanceof Unread ? error.cause : error;
}

function virtualClock(start: number): Clock {
  let now = start;
  return {
    now: () => now,
    sleep: (ms) => {
      now += Math.ceil(ms);
      return Promise.resolve();
    },
  };
}

function ledgerInMemory(ledger: Ledger, clock: Clock): Ledgers {
  let generation = 1;
  let text = JSON.stringify(ledger);
  let updatedAt = 0;
  return {
    read: () => Promise.resolve({ text, generation: String(generation), updatedAt }),
    write(_, next, expected) {
      if (expected !== String(generation))
        return Promise.reject(new CallError('ledgers.write', 'FAILED_PRECONDITION', 'it has changed'));
      generation += 1;
      text = next;
      updatedAt = clock.now();
      return Promise.resolve(String(generation));
    },
  };
}
