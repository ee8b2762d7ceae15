/** What `/metrics` and the log tell of look-ups: how long they took, what was there, and what the model got instead. */
import { head, Histogram, label } from '../exposition.ts';
import type { Logger } from '../log.ts';
import { causesOf } from '../model/model-error.ts';
import type { Fate, Tally } from './assemble.ts';
import type { Observer } from './fetcher.ts';
import type { Rows } from './stores/store.ts';
import type { ObjectEvents } from './stores/sqlite-object.ts';

const SECONDS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];
const AGES = [1, 10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400, 7 * 86_400];
/** Milliseconds between two lines about look-ups that fail. */
const QUIET_MS = 10_000;

const FATES: readonly Fate[] = ['overridden', 'missing', 'stale', 'unavailable'];

interface ViewCounts {
  readonly seconds: Histogram;
  readonly ages: Histogram;
  found: number;
  missing: number;
  cached: number;
  timeout: number;
  error: number;
}

export class FeatureMetrics implements Observer, Tally, ObjectEvents {
  readonly #log: Logger;
  readonly #views = new Map<string, ViewCounts>();
  /** By feature, for each fate: how often the model got the default, and how often something else. */
  readonly #values = new Map<string, { plain: number; default: number }[]>();
  #quietUntil = 0;
  /** Why the last multi-get failed; null: none has, or it took too long. */
  lastCause: unknown = null;
  #replaced = 0;
  #notReplaced = 0;

  constructor(views: readonly string[], log: Logger) {
    this.#log = log;
    for (const view of views) this.#of(view);
  }

  cached(view: string): void {
    this.#of(view).cached += 1;
  }

  answered(view: string, ms: number, rows: Rows): void {
    const counts = this.#of(view);
    counts.seconds.observe(ms / 1000);
    const now = Date.now();
    for (const row of rows) {
      if (row === null) counts.missing += 1;
      else {
        counts.found += 1;
        if (row.time !== null) counts.ages.observe((now - row.time) / 1000);
      }
    }
  }

  failed(view: string, reason: 'timeout' | 'error', cause: unknown): void {
    this.#of(view)[reason] += 1;
    this.lastCause = cause;
    const now = performance.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    this.#log.warn({ view, reason, causes: cause === null ? [] : causesOf(cause) }, 'features not looked up');
  }

  turned(view: string, isOpen: boolean): void {
    if (isOpen) this.#log.error({ view }, 'feature store unavailable');
    else this.#log.info({ view }, 'feature store available');
  }

  count(source: string, fate: Fate, isDefault: boolean): void {
    let counts = this.#values.get(source);
    if (counts === undefined) {
      counts = FATES.map(() => ({ plain: 0, default: 0 }));
      this.#values.set(source, counts);
    }
    const count = counts[FATES.indexOf(fate)];
    if (count !== undefined) count[isDefault ? 'default' : 'plain'] += 1;
  }

  replaced(generation: string, ms: number): void {
    this.#replaced += 1;
    this.#log.info({ generation, seconds: Number((ms / 1000).toPrecision(3)) }, 'features replaced');
  }

  notReplaced(cause: unknown): void {
    this.#notReplaced += 1;
    this.#log.error({ causes: causesOf(cause) }, 'features not replaced');
  }

  lines(): string[] {
    const views = [...this.#views].map(([view, counts]) => ({ view: label('view', view), counts }));
    const results = ['found', 'missing', 'cached'] as const;
    const failures = ['timeout', 'error'] as const;
    return [
      ...head('predictor_features_lookup_seconds', 'histogram', 'How long a multi-get of a view took.'),
      ...views.flatMap(({ view, counts }) => counts.seconds.lines('predictor_features_lookup_seconds', view)),
      ...head('predictor_features_age_seconds', 'histogram', 'How old rows were when they were looked up.'),
      ...views.flatMap(({ view, counts }) => counts.ages.lines('predictor_features_age_seconds', view)),
      ...head(
        'predictor_features_rows_total',
        'counter',
        'Rows by where they were: cached ones were looked up before.',
      ),
      ...views.flatMap(({ view, counts }) =>
        results.map(
          (result) => `predictor_features_rows_total{${view},result="${result}"} ${counts[result]}`,
        ),
      ),
      ...head('predictor_features_failures_total', 'counter', 'Multi-gets without an answer.'),
      ...views.flatMap(({ view, counts }) =>
        failures.map(
          (reason) => `predictor_features_failures_total{${view},reason="${reason}"} ${counts[reason]}`,
        ),
      ),
      ...head('predictor_features_values_total', 'counter', 'Values that are not simply those of the store.'),
      ...[...this.#values].flatMap(([source, counts]) => valueLines(source, counts)),
      ...head('predictor_features_files_total', 'counter', 'New SQLite files by whether they are read.'),
      `predictor_features_files_total{result="replaced"} ${this.#replaced}`,
      `predictor_features_files_total{result="refused"} ${this.#notReplaced}`,
    ];
  }

  #of(view: string): ViewCounts {
    const known = this.#views.get(view);
    if (known !== undefined) return known;
    const counts = {
      seconds: new Histogram(SECONDS),
      ages: new Histogram(AGES),
      found: 0,
      missing: 0,
      cached: 0,
      timeout: 0,
      error: 0,
    };
    this.#views.set(view, counts);
    return counts;
  }
}

function valueLines(source: string, counts: readonly { plain: number; default: number }[]): string[] {
  const feature = label('feature', source);
  return counts.flatMap((count, i) =>
    ([true, false] as const).flatMap((isDefault) => {
      const times = count[isDefault ? 'default' : 'plain'];
      const labels = `${feature},result="${FATES[i]}",default="${isDefault}"`;
      return times === 0 ? [] : [`predictor_features_values_total{${labels}} ${times}`];
    }),
  );
}
