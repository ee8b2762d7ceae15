/** What a machine that is busy besides adds to a time that a test bounds: the wait for a core, which Linux counts. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Milliseconds that this process and its children with that word in their command have waited for a core so far; 0
 * where the system does not say. https://docs.kernel.org/scheduler/sched-stats.html
 */
export function waitedForCpuMs(word: string): number {
  const children = allChildren().filter((pid) => read(`/proc/${pid}/cmdline`).includes(word));
  return [String(process.pid), ...children].reduce((sum, pid) => {
    const [, waitedNs = '0'] = read(`/proc/${pid}/schedstat`).split(' ');
    return sum + Number(waitedNs) / 1e6;
  }, 0);
}

function allChildren(): string[] {
  const own = `/proc/${process.pid}/task`;
  try {
    return readdirSync(own).flatMap((thread) => read(`${own}/${thread}/children`).split(' ').filter(Boolean));
  } catch {
    return [];
  }
}

/** The file's text, or '' if it is not there (any more). */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
