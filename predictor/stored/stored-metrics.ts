/** What `/metrics` and the log tell of stored predictions. */
import { counter, head, labelled } from '../exposition.ts';
import type { Logger } from '../log.ts';
import { causesOf } from '../model/model-error.ts';
import type { AnswerCounts } from './answers.ts';
import type { Publication, StoredEvents } from './published-rows.ts';

export class StoredMetrics implements StoredEvents {
  readonly counts: AnswerCounts = { stored: 0, computed: 0 };
  readonly #log: Logger;
  #rows = 0;
  /** Seconds since 1970; 0: nothing is stored. */
  #at = 0;
  #failures = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  stored({ batch, version, at }: Publication, rows: number, ms: number): void {
    this.#rows = rows;
    this.#at = at / 1000;
    const seconds = Number((ms / 1000).toPrecision(3));
    this.#log.info({ batch, version, rows, seconds }, 'predictions stored');
  }

  withdrawn(): void {
    this.#rows = 0;
    this.#at = 0;
    this.#log.info({}, 'stored predictions withdrawn');
  }

  notStored(cause: unknown): void {
    this.#failures += 1;
    this.#log.error({ causes: causesOf(cause) }, 'predictions not stored');
  }

  lines(): string[] {
    const { stored, computed } = this.counts;
    return [
      ...head('predictor_answers_total', 'counter', 'Instances by what answered them.'),
      ...labelled('predictor_answers_total', 'source', new Map(Object.entries({ stored, computed }))),
      ...head('predictor_stored_rows', 'gauge', 'Predictions that are stored.'),
      `predictor_stored_rows ${this.#rows}`,
      ...head(
        'predictor_stored_timestamp_seconds',
        'gauge',
        'When their job was created; 0: there are none.',
      ),
      `predictor_stored_timestamp_seconds ${this.#at}`,
      ...counter(
        'predictor_stored_failures_total',
        'Published results that could not be read.',
        this.#failures,
      ),
    ];
  }
}
