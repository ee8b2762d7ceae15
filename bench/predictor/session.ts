/** Measures `session.run` in a loop, in a thread of its own. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LoadResult } from './load.ts';

export interface SessionTask {
  readonly model: string;
  readonly rows: readonly (readonly number[])[];
  readonly ms: number;
}

export interface SessionResult extends LoadResult {
  readonly cpuMicros: number;
}

export async function runSession(task: SessionTask): Promise<SessionResult> {
  const worker = new Worker(new URL('session-loop.ts', import.meta.url), { workerData: task });
  const exited = once(worker, 'exit');
  const [result]: SessionResult[] = await once(worker, 'message');
  await exited;
  if (result === undefined) throw new Error('expected a result of the session loop, got none');
  return result;
}
