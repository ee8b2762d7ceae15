/** Ends a function's process, as Cloud Run does for another configuration, and waits for the next one. */
import { vi } from 'vitest';
import type { FunctionProcess } from '../../local/function-process.ts';

export async function replaced(running: FunctionProcess | undefined): Promise<void> {
  const pid = running?.pid;
  if (pid === undefined) throw new Error('the function is not running');
  const gone = () => {
    if (running?.pid === pid) throw new Error('it goes on');
  };
  process.kill(pid);
  // It goes on for as long as a kept connection brings it requests; Cloud Run ends it after ten seconds.
  await vi.waitFor(gone, { timeout: 3_000, interval: 20 }).catch(() => process.kill(pid, 'SIGKILL'));
}
