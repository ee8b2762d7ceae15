/** What has to hold of batches, checked at every effect and at rest (invariants.ts has the codes). */
import type { BatchJobRequest } from '../../../functions/batch-world.ts';
import { BATCHES, type BatchLedger } from '../../../functions/batch/ledger.ts';
import type { BatchMessage, StaleMessage } from '../../../functions/batch/publish.ts';
import { LABELS } from '../../../functions/release/ids.ts';
import type { Invariant, Violation } from '../invariants.ts';
import type { SimFile } from './files.ts';
import type { SimJob } from './jobs.ts';
import type { BatchRun } from './context.ts';
import { PublishedWatch } from './watch-published.ts';
import { releaseOf } from './samples.ts';

const SETTLED_MS = 2 * 3_600_000;
/** From the end of a job to its outcome, when nothing fails: the next sweep, and another that finds the lease of a dead tick. */
const NOTICED_MS = 45 * 60_000;

export class BatchWatch {
  violation: Violation | null = null;
  readonly published: PublishedWatch;
  readonly #sim: BatchRun;
  /** Objects that landed, by their URI with the generation. */
  readonly #landed = new Map<string, { at: number; rows: number; until: number }>();
  readonly #outcomes = new Map<string, BatchMessage[]>();
  readonly #stale = new Set<string>();
  /** Since when each release is live, and until when. */
  readonly #live: { release: string; version: string; from: number; until: number }[] = [];
  readonly #rolledBack = new Set<string>();
  readonly #paid = new Map<string, SimJob[]>();
  #accepted = new Set<string>();

  constructor(sim: BatchRun) {
    this.#sim = sim;
    this.published = new PublishedWatch(sim, (text) => this.violate('S15', text));
  }

  violate(invariant: Invariant, text: string): void {
    this.violation ??= { invariant, text };
    this.#sim.log(`violation ${invariant} ${text}`);
  }

  get jobs(): number {
    return this.#outcomes.size;
  }

  // What Calls and PubSub tell
  called(): void {}
  refusedByFault(): void {}
  delayed(): void {}
  /** A sweep goes on with whatever a lost tick was about. */
  lost(message: { readonly topic: string; readonly id: string }): void {
    if (message.topic !== 'ticks') this.violate('L3', `message ${message.topic} ${message.id} is lost`);
  }

  landed(file: SimFile, rows: number): void {
    const { now } = this.#sim.agenda;
    const uri = `gs://sim-in/${file.name}`;
    for (const [known, one] of this.#landed)
      if (known.startsWith(`${uri}#`)) one.until = Math.min(one.until, now);
    this.#landed.set(`${uri}#${file.generation}`, { at: now, rows, until: Infinity });
  }

  isLive(version: string, from: string | null): void {
    const { now } = this.#sim.agenda;
    const last = this.#live.at(-1);
    if (last !== undefined) last.until = now;
    if (from !== null) {
      this.#rolledBack.add(releaseOf(from, null));
      this.published.rolledBack(releaseOf(from, null));
    }
    this.#live.push({ release: releaseOf(version, from), version, from: now, until: Infinity });
  }

  /** A job is asked for only with an intent in the ledger, and of a release that was live since the batch was accepted. */
  creates(request: BatchJobRequest): void {
    const batch = request.labels.get(LABELS.batch) ?? '';
    if (!this.#accepted.has(batch)) this.violate('S7', `a job for ${batch}, which no ledger has`);
    const release = request.labels.get(LABELS.release) ?? '';
    const was = this.#live.some((one) => one.release === release && one.version === request.version);
    if (!was) this.violate('S15', `a job with ${release} version ${request.version}, which never was live`);
  }

  job(job: SimJob): void {
    if (!job.isPaid) return;
    const paid = this.#paid.get(job.batch) ?? [];
    if (!paid.includes(job)) paid.push(job);
    this.#paid.set(job.batch, paid);
    if (paid.length > 1)
      this.violate(
        'S14',
        `${paid.map(({ name }) => name.split('/').at(-1)).join(' and ')} both ran for ${job.batch}`,
      );
  }

  writes(text: string): void {
    const ledger: BatchLedger = BATCHES.parse(text, 'churn');
    for (const id of ledger.known) this.#accepted.add(id);
    if (text.length > 200_000) this.violate('B1', `the ledger has ${text.length} characters`);
  }

  told(data: unknown): void {
    // What is published is checked by docs/messages.md's own test.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const message = data as BatchMessage | StaleMessage;
    this.#sim.log(`event ${JSON.stringify(message)}`);
    if ('notice' in message) {
      this.#stale.add(message.batch);
      if (!this.#rolledBack.has(message.release))
        this.violate(
          'S15',
          `${message.batch} is said to be stale, but ${message.release} was not rolled back`,
        );
      return;
    }
    const before = this.#outcomes.get(message.batch) ?? [];
    this.#outcomes.set(message.batch, [...before, message]);
    if (before.some(({ result }) => result !== message.result))
      this.violate('L2', `${message.batch} ends as ${before[0]?.result} and as ${message.result}`);
    this.#checkOutcome(message);
  }

  #checkOutcome(outcome: BatchMessage): void {
    const { batch, job: name, release, version, result } = outcome;
    if (name === null) {
      if (result === 'Succeeded') this.violate('S15', `${batch} succeeded without a job`);
      return;
    }
    const job = this.#sim.jobs.jobs.find((one) => one.name === name);
    if (job === undefined || job.batch !== batch) return this.violate('S15', `${batch} names ${name}`);
    const late = this.#sim.agenda.now - Math.max(job.endedAt ?? Infinity, this.#sim.healedAt);
    if (late > NOTICED_MS)
      this.violate(
        'L4',
        `${batch}: the end of its job was noticed after ${(late / 60_000).toFixed(0)} minutes`,
      );
    if (job.request.version !== version || job.request.labels.get(LABELS.release) !== release)
      this.violate(
        'S15',
        `${batch} names ${release} version ${version}; version ${job.request.version} answered`,
      );
    if (outcome.cause?.detail?.includes('was deleted on Vertex AI') === true)
      this.violate('S15', `${batch}: ${name} is said to be deleted, which nobody did`);
    if (result !== 'Succeeded') return;
    const { rows, failed, succeeded, output } = outcome;
    const landed = this.#landed.get(outcome.input)?.rows ?? job.rows;
    const { maxErrorRate, ordered } = this.#sim.batch;
    if (rows !== landed || succeeded !== job.successful || (failed ?? 0) / landed > maxErrorRate)
      this.violate(
        'S15',
        `${batch}: ${succeeded} of ${rows} rows, but the job has ${job.successful} of ${landed}`,
      );
    const prefix = `${output?.slice('gs://sim-out/'.length)}/`;
    if (this.#sim.files.head('sim-out', `${prefix}_SUCCESS.json`) === null)
      this.violate('S15', `${batch} succeeded without _SUCCESS.json`);
    this.published.told(outcome);
    if (ordered) this.#checkOrder(batch, `${prefix}results.jsonl`, landed);
  }

  #checkOrder(batch: string, name: string, rows: number): void {
    const file = this.#sim.files.head('sim-out', name);
    const lines = String(file?.bytes ?? '')
      .split('\n')
      .slice(0, -1);
    const isRight = lines.every((line, n) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const row = JSON.parse(line) as { instance?: { n?: number }; prediction?: number; error?: unknown };
      return row.instance?.n === n && (row.error !== undefined || row.prediction === n);
    });
    if (lines.length !== rows || !isRight)
      this.violate('S15', `${batch}: ${name} does not have the ${rows} rows in their order`);
  }

  isQuiet(): boolean {
    const stored = this.#sim.ledgers.read('churn.batch');
    const ledger = stored === null ? null : BATCHES.parse(stored.text, 'churn');
    const hasWork = ledger !== null && (ledger.runs.length > 0 || ledger.outcomes.some((o) => !o.announced));
    return !hasWork && this.#sim.calls.inFlight === 0 && this.#sim.pubsub.waiting === 0;
  }

  atRest(): void {
    const stored = this.#sim.ledgers.read('churn.batch');
    const ledger = stored === null ? null : BATCHES.parse(stored.text, 'churn');
    for (const id of ledger?.known ?? [])
      if (!this.#outcomes.has(id)) this.violate('L2', `${id} was accepted and has no outcome`);
    const answered = new Set([...this.#outcomes.values()].flat().map(({ input }) => input));
    for (const [uri, { at, until }] of this.#landed)
      if (until - at > SETTLED_MS && !answered.has(uri))
        this.violate('L2', `${uri} landed and has no outcome`);
    for (const [batch, [outcome]] of this.#outcomes) {
      if (
        outcome === undefined ||
        outcome.release === null ||
        outcome.output === null ||
        this.#stale.has(batch)
      )
        continue;
      if (this.#isRemembered(outcome.release))
        this.violate(
          'L2',
          `${batch} was answered by ${outcome.release}, which was rolled back, and no one is told`,
        );
    }
    for (const job of this.#sim.jobs.unfinished)
      if (job.isPaid) this.violate('B1', `${job.name} of ${job.batch} runs on`);
  }

  /** The ledger of the releases names the release that the last rollback came from. */
  #isRemembered(release: string): boolean {
    const live = this.#sim.ledgers.read('churn')?.ledger?.live;
    return live?.request.rollback?.from === release;
  }
}
