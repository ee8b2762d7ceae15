/**
 * The memory for rows of a process. An instance has many ticks at a time, and each slice takes several times its size, so
 * slices are worked on one after the other, in buffers that stay: what is thrown away for each of them waits for the
 * garbage collector, which comes late for what lies outside its heap.
 */
import type { Buffers, Purpose, Workspace } from '../batch-world.ts';
import { CallError } from '../errors.ts';

/** A slice takes less than a second, and a read that hangs a minute (artifacts.ts). */
const WAIT_MS_MAX = 120_000;

export function sharedWorkspace(waitMs = WAIT_MS_MAX): Workspace {
  let buffers = growingBuffers();
  let last: Promise<void> = Promise.resolve();
  return {
    async use(work) {
      const turn = last;
      const { promise: left, resolve: leave } = Promise.withResolvers<void>();
      last = turn.then(() => left);
      if (!(await isWithin(turn, waitMs))) {
        leave();
        const message = `other batches were at work for ${waitMs} ms`;
        throw new CallError('workspace.use', 'UNAVAILABLE', message);
      }
      try {
        return await work(buffers);
      } catch (error) {
        // What is still on its way out of them has to stay as it is.
        buffers = growingBuffers();
        throw error;
      } finally {
        leave();
      }
    },
  };
}

/** Buffers that are made when they are asked for, and larger when more is. */
export function growingBuffers(): Buffers {
  const made = new Map<Purpose, Buffer>();
  return {
    get(purpose, bytes) {
      const before = made.get(purpose);
      if (before !== undefined && before.length >= bytes) return before;
      const larger = Buffer.allocUnsafeSlow(bytes);
      before?.copy(larger);
      made.set(purpose, larger);
      return larger;
    },
  };
}

async function isWithin(turn: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const isTurn = await Promise.race([turn.then(() => true), late]);
  clearTimeout(timer);
  return isTurn;
}
