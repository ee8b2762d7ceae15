/**
 * What `/metrics` tells: counters and histograms kept as plain numbers, because they are counted on the path of every
 * request.
 */
import { counter, head, Histogram, labelled } from './exposition.ts';
import type { FeatureMetrics } from './features/feature-metrics.ts';
import type { StoredMetrics } from './stored/stored-metrics.ts';
import { STATES, type State } from './health.ts';
import type { OnRun } from './serve/batcher.ts';
import type { ShedReason } from './serve/overload.ts';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

export class Metrics {
  /** Prediction requests that came in. */
  requests = 0;
  /** Instances that were answered. */
  instances = 0;
  /** What became of look-ups; null: the service has no features. */
  features: FeatureMetrics | null = null;
  /** Stored predictions; null: the service has none. */
  stored: StoredMetrics | null = null;
  readonly #responses = new Map<number, number>();
  readonly #shed = new Map<string, number>();
  readonly #batchRows = new Histogram(ROWS);
  readonly #queueSeconds = new Histogram(SECONDS);
  readonly #modelSeconds = new Histogram(SECONDS);

  onRun(run: Parameters<OnRun>[0]): void {
    this.#batchRows.observe(run.rows);
    this.#queueSeconds.observe(run.queuedMs / 1000);
    this.#modelSeconds.observe(run.modelMs / 1000);
    this.instances += run.rows;
  }

  onResponse(code: number): void {
    this.#responses.set(code, (this.#responses.get(code) ?? 0) + 1);
  }

  onShed(reason: ShedReason): void {
    this.#shed.set(reason, (this.#shed.get(reason) ?? 0) + 1);
  }

  /** The page as Prometheus reads it. */
  page(state: State, queueRows: number): string {
    const { user, system } = process.cpuUsage();
    const states = STATES.map((name) => `predictor_state{state="${name}"} ${name === state ? 1 : 0}`);
    const lines = [
      ...counter('predictor_requests_total', 'Prediction requests that came in.', this.requests),
      ...counter('predictor_instances_total', 'Instances the model has answered.', this.instances),
      ...head('predictor_responses_total', 'counter', 'Answers to prediction requests by status code.'),
      ...labelled('predictor_responses_total', 'code', this.#responses),
      ...head(
        'predictor_shed_total',
        'counter',
        'Requests refused to protect the others, by what was behind.',
      ),
      ...labelled('predictor_shed_total', 'reason', this.#shed),
      ...head('predictor_batch_rows', 'histogram', 'Rows of a run.'),
      ...this.#batchRows.lines('predictor_batch_rows'),
      ...head(
        'predictor_queue_seconds',
        'histogram',
        'How long the oldest request of a run had waited for it.',
      ),
      ...this.#queueSeconds.lines('predictor_queue_seconds'),
      ...head('predictor_model_seconds', 'histogram', 'How long a run took.'),
      ...this.#modelSeconds.lines('predictor_model_seconds'),
      ...head('predictor_queue_rows', 'gauge', 'Rows that wait for a run.'),
      `predictor_queue_rows ${queueRows}`,
      ...head('predictor_state', 'gauge', 'What the server is doing; 1 for the present state.'),
      ...states,
      ...head('process_resident_memory_bytes', 'gauge', 'Resident memory.'),
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ...counter('process_cpu_seconds_total', 'User and system CPU time.', (user + system) / 1e6),
      ...(this.features?.lines() ?? []),
      ...(this.stored?.lines() ?? []),
    ];
    return `${lines.join('\n')}\n`;
  }
}
