/**
 * The one reader of Google Cloud, whatever the number of tabs. While somebody watches, it lists the ledgers once a
 * second and reads those that were written; Vertex AI is asked when a ledger has changed, every few seconds for the
 * stage of an operation, and every five minutes for drift; Cloud Monitoring once an hour for models that are idle. While
 * nobody watches, it reads nothing.
 */
import { batchLedgerOf } from '../../cli/commands/batch/report.ts';
import { idleOf, type Idle } from '../../cli/commands/status/idle.ts';
import { lookAt, statusOf, unreadableStatus, type Seen } from '../../cli/commands/status/report.ts';
import type { ServiceStatus } from '../../cli/commands/status/report.ts';
import { ledgerOf, type Session } from '../../cli/session.ts';
import { explain } from '../../cli/terminal/failure.ts';
import { iso } from '../../cli/terminal/words.ts';
import type { BatchLedger } from '../../functions/batch/ledger.ts';
import type { Service } from '../../functions/config/config.ts';
import { Problem } from '../../functions/errors.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { eachOf } from './lane.ts';
import { listLedgers, NO_LEDGERS, type Generations } from './ledger-list.ts';
import { lastOutcome } from './last-outcome.ts';
import { rowOf, type ServiceRow } from './row.ts';

/** In ms: how often ledgers are listed, operations, endpoints and metrics are looked at, and when nobody watches any more. */
export const EVERY_MS = {
  list: 1_000,
  operation: 3_000,
  endpoint: 300_000,
  metrics: 3_600_000,
  unwatched: 10_000,
};
/** After a failure the next list waits so long, in ms. */
const AFTER_FAILURE_MS = 5_000;
/** Services read at the same time. */
const WIDTH = 8;
/** Stages of Vertex AI that are remembered of a release. */
const STAGES_MAX = 12;

/** What is known of a service. */
export interface Known {
  readonly service: Service;
  generations: Generations;
  ledger: Ledger | Problem | null;
  batches: BatchLedger | Problem | null;
  seen: Seen | null;
  seenAt: number;
  /** Undefined: not looked for yet. */
  idle: Idle | null | undefined;
  /** Of which live model that is, and when it was looked for. */
  idleOf: { readonly deployedModel: string | null; readonly at: number };
  /** The stages of the deployment as this reader has seen them, each with the time when it was first seen. */
  stages: readonly { readonly release: string; readonly stage: string; readonly at: number }[];
}

export interface News {
  /** Rows that have changed. */
  readonly rows: readonly ServiceRow[];
  /** Why Google Cloud cannot be read; null: it can. */
  readonly trouble: string | null;
}

export interface Reader {
  /** All rows, read within the last second where somebody watches, and now where nobody does. */
  rows(): Promise<{ rows: readonly ServiceRow[]; trouble: string | null }>;
  known(service: string): Promise<Known>;
  status(known: Known): ServiceStatus;
  /** Tells of every change until the returned function is called. */
  watch(listener: (news: News) => void): () => void;
  close(): Promise<void>;
}

const UNSEEN: Seen = { endpoint: null, operation: null, drift: [] };

export function openReader(session: Session, local: string | null): Reader {
  const { config, world } = session;
  const { clock } = world;
  const all = new Map<string, Known>(
    [...config.services.values()].map((service) => [
      service.name,
      {
        service,
        generations: NO_LEDGERS,
        ledger: null,
        batches: null,
        seen: null,
        seenAt: 0,
        idle: undefined,
        idleOf: { deployedModel: null, at: 0 },
        stages: [],
      },
    ]),
  );
  const listeners = new Set<(news: News) => void>();
  const told = new Map<string, string>();
  let trouble: string | null = null;
  let listedAt = -Infinity;
  let listing: Promise<void> | null = null;
  let looking: Promise<void> | null = null;
  let loop: Promise<void> | null = null;
  let closed = false;

  const status = (known: Known): ServiceStatus => {
    const { service, ledger, seen } = known;
    if (ledger instanceof Problem) return unreadableStatus(service, ledger);
    const found = statusOf(service, ledger, seen ?? UNSEEN, clock.now());
    return known.idle === undefined ? found : { ...found, idle: known.idle };
  };
  const row = (known: Known): ServiceRow =>
    rowOf(
      status(known),
      lastOutcome(known.service, known.ledger),
      known.seen !== null || known.ledger === null,
      iso(clock.now()),
    );

  /** What differs for people; that time goes by is no news. */
  const tell = (changed: readonly Known[], always = false): void => {
    const rows = changed.map(row).filter((one) => {
      const { at: _, release, ...rest } = one;
      const text = JSON.stringify([rest, release && [release.release, release.state, release.doing]]);
      const isNews = always || told.get(one.service) !== text;
      told.set(one.service, text);
      return isNews;
    });
    if (rows.length === 0) return;
    for (const listener of listeners) listener({ rows, trouble });
  };
  const setTrouble = (error: unknown): void => {
    const next = error === null ? null : explain(error, { config, local }).text;
    if (next === trouble) return;
    trouble = next;
    for (const listener of listeners) listener({ rows: [], trouble });
  };

  const orProblem = <T>(reading: Promise<T>): Promise<T | Problem> =>
    reading.catch((error: unknown) => {
      if (error instanceof Problem) return error;
      throw error;
    });

  const readLedgers = async (known: Known, now: Generations): Promise<void> => {
    const { service, generations } = known;
    const [ledger, batches] = await Promise.all([
      now.releases === generations.releases ? known.ledger : orProblem(ledgerOf(session, service)),
      now.batches === generations.batches ? known.batches : orProblem(batchLedgerOf(session, service)),
    ]);
    const isOther = now.releases !== generations.releases;
    Object.assign(known, { ledger, batches, generations: now, ...(isOther && { seenAt: 0 }) });
    tell([known], true);
  };

  const look = async (known: Known): Promise<void> => {
    const { ledger } = known;
    const [seen] =
      ledger instanceof Problem
        ? [UNSEEN]
        : await Promise.all([lookAt(session, known.service, ledger), lookWhetherIdle(known, ledger)]);
    const stages = stagesWith(known, seen, clock.now());
    // The ledger may have been read again in between: then it is looked at once more.
    if (known.ledger === ledger) known.seenAt = clock.now();
    Object.assign(known, { seen, stages });
    tell([known]);
  };

  const lookWhetherIdle = async (known: Known, ledger: Ledger | null): Promise<void> => {
    const { live = null, parked } = ledger ?? {};
    const deployedModel = parked === undefined ? (live?.deployedModel ?? null) : null;
    const at = clock.now();
    const { idleOf: last } = known;
    if (last.deployedModel === deployedModel && at - last.at < EVERY_MS.metrics) return;
    known.idleOf = { deployedModel, at };
    known.idle = await idleOf(world, ledger);
  };

  const list = (): Promise<void> =>
    (listing ??= (async () => {
      const generations = await listLedgers(world.artifacts, config.stateBucket, [...all.keys()]);
      const changed = [...all.values()].filter((known) => {
        const now = generations.get(known.service.name) ?? NO_LEDGERS;
        return now.releases !== known.generations.releases || now.batches !== known.generations.batches;
      });
      await eachOf(changed, WIDTH, (known) =>
        readLedgers(known, generations.get(known.service.name) ?? NO_LEDGERS),
      );
      listedAt = clock.now();
      setTrouble(null);
    })()
      .catch((error: unknown) => {
        listedAt = clock.now() + AFTER_FAILURE_MS;
        setTrouble(error);
      })
      .finally(() => {
        listing = null;
      }));

  const lookAtDue = (): void => {
    if (looking !== null || closed) return;
    const now = clock.now();
    const due = [...all.values()].filter((known) => isDue(known, now));
    if (due.length === 0) return;
    looking = eachOf(due, WIDTH, look)
      .catch(setTrouble)
      .finally(() => {
        looking = null;
      });
  };

  let lastAsked = -Infinity;
  const run = async (): Promise<void> => {
    while (!closed && (listeners.size > 0 || clock.now() - lastAsked < EVERY_MS.unwatched)) {
      if (clock.now() - listedAt >= EVERY_MS.list) await list();
      lookAtDue();
      await clock.sleep(EVERY_MS.list / 2);
    }
    loop = null;
  };
  const start = (): void => {
    loop ??= run();
  };
  const fresh = async (): Promise<void> => {
    lastAsked = clock.now();
    if (clock.now() - listedAt >= 2 * EVERY_MS.list) await list();
    start();
  };

  return {
    async rows() {
      await fresh();
      return { rows: [...all.values()].map(row), trouble };
    },
    async known(name) {
      await fresh();
      const known = all.get(name);
      if (known === undefined) throw new RangeError(`there is no service ${name}`);
      return known;
    },
    status,
    watch(listener) {
      listeners.add(listener);
      start();
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      listeners.clear();
      await Promise.all([loop, listing, looking]);
    },
  };
}

function isDue({ ledger, seenAt }: Known, now: number): boolean {
  if (ledger === null || ledger instanceof Problem) return seenAt === 0 && ledger !== null;
  const every = ledger.pending === null ? EVERY_MS.endpoint : EVERY_MS.operation;
  return now - seenAt >= every;
}

function stagesWith({ ledger, stages }: Known, { operation }: Seen, now: number): Known['stages'] {
  const stage = operation?.stage ?? null;
  if (stage === null || ledger === null || ledger instanceof Problem || ledger.release === null)
    return stages;
  const release = ledger.release.request.id;
  const mine = stages.filter((one) => one.release === release);
  if (mine.some((one) => one.stage === stage)) return mine;
  return [...mine, { release, stage, at: now }].slice(-STAGES_MAX);
}
