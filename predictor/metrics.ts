/**
 * What `/metrics` tells, in Prometheus' text format: counters and histograms kept as plain numbers, because they
 * are counted on the path of every request. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
import { STATES, type State } from './health.ts';
import type { OnRun } from './serve/batcher.ts';
import type { ShedReason } from './serve/overload.ts';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#sum += value;
    this.#count += 1;
    for (let i = 0; i < this.#bounds.length; i += 1) {
      if (value > (this.#bounds[i] ?? 0)) continue;
      this.#counts[i] = (this.#counts[i] ?? 0) + 1;
      return;
    }
  }

  lines(name: string): string[] {
    let below = 0;
    const buckets = this.#bounds.map((bound, i) => {
      below += this.#counts[i] ?? 0;
      return `${name}_bucket{le="${bound}"} ${below}`;
    });
    return [
      ...buckets,
      `${name}_bucket{le="+Inf"} ${this.#count}`,
      `${name}_sum ${this.#sum}`,
      `${name}_count ${this.#count}`,
    ];
  }
}

export class Metrics {
  /** Prediction requests that came in. */
  requests = 0;
  /** Instances that were answered. */
  instances = 0;
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
    ];
    return `${lines.join('\n')}\n`;
  }
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function counter(name: string, help: string, value: number): string[] {
  return [...head(name, 'counter', help), `${name} ${value}`];
}

function labelled(name: string, label: string, values: ReadonlyMap<number | string, number>): string[] {
  return [...values].map(([key, value]) => `${name}{${label}="${key}"} ${value}`);
}
