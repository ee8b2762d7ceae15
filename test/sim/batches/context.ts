/** What the ports and the watch of a run of batches work with. */
import type { Agenda } from '../../../common/agenda.ts';
import type { Process } from '../process.ts';
import type { SimLedgers } from '../storage.ts';
import type { SimFiles } from './files.ts';
import type { SimJobs } from './jobs.ts';
import type { BatchScenario } from './scenario.ts';

export interface BatchRun {
  readonly agenda: Agenda;
  readonly batch: BatchScenario;
  /** From then on nothing fails any more. */
  readonly healedAt: number;
  readonly files: SimFiles;
  readonly jobs: SimJobs;
  readonly ledgers: SimLedgers;
  readonly calls: { readonly inFlight: number };
  readonly pubsub: {
    readonly waiting: number;
    publish(
      topic: 'artifacts' | 'requests' | 'ticks',
      data: unknown,
      attributes: Record<string, string>,
    ): string;
  };
  log(what: string): void;
  call<T>(process: Process, method: string, effect: (ago: number) => T): Promise<T>;
  sleep(process: Process, ms: number): Promise<void>;
  clock(process: Process): number;
  random(process: Process): number;
}
