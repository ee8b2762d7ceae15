/** One measurement: a subject under one load. */
import type { Cell } from './cells.ts';
import type { Version } from './subjects.ts';

/** Of the ratios of all rounds. */
export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

export interface Row extends Cell {
  readonly model: Version;
  readonly subject: string;
  /** Requests a second. */
  readonly rps: number;
  /** Microseconds of CPU a request, user and system, of all processes of the server. */
  readonly cpuMicros: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The subject's CPU a request over the predictor's in the same round: above 1 the predictor is cheaper. */
  readonly byCpu: Quartiles;
  /** The predictor's requests a second over the subject's in the same round. */
  readonly byRate: Quartiles;
}
