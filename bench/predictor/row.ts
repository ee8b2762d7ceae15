/** One measurement: a subject under one load. */
import type { Version } from './subjects.ts';

export interface Row {
  readonly model: Version;
  readonly subject: string;
  /** 0 for the session, which has none. */
  readonly connections: number;
  readonly instances: number;
  /** Requests a second; runs a second for the session. */
  readonly rps: number;
  /** Microseconds of CPU a request. */
  readonly cpuMicros: number | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Against the echo in the same rounds: requests a second as a ratio to its, and its CPU as a ratio to this. */
  readonly timesEcho: number | null;
  readonly timesEchoByCpu: number | null;
}
