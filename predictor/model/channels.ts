/** The two ways to the other side of a remote model. */
import { spawn } from 'node:child_process';
import { finished } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ALLOCATOR } from '../allocator.ts';
import type { Channel } from './remote.ts';

// What is kept of a dying process's last words.
const LAST_WORDS = 500;

/** Starts the script, with arguments, in a process of its own and gives it `timeoutMs` to be closed. */
export function processChannel(script: URL, args: readonly string[], timeoutMs: number): Channel {
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(script), ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    env: { ...process.env, ...ALLOCATOR },
  });
  let words = '';
  const { stderr } = child;
  if (stderr === null) throw new Error('expected the process to have a standard error stream');
  stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-LAST_WORDS);
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const ended = new Promise<Error>((resolve) => {
    child.once('error', resolve);
    // Not `close`: Node does not tell it after a disconnect from this side.
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      const how = late
        ? `took longer than ${timeoutMs} ms (SLIPWAY_TRIAL_TIMEOUT_MS)`
        : `ended with ${signal ?? `code ${code}`}`;
      finished(stderr, () => {
        const why = words === '' ? '' : `: ${words.trim()}`;
        resolve(new Error(`the process that tried the model ${how}${why}`));
      });
    });
  });
  return {
    send: (message) => {
      // A send that fails is followed by the end of the process, which says more.
      child.send(message, () => {});
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onLost: (listener) => {
      void ended.then(listener);
    },
    async close() {
      // It has nothing left to do, and its memory is wanted.
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Starts the script in a thread of this process. */
export function threadChannel(script: URL): Channel {
  const worker = new Worker(script);
  let closing = false;
  const ended = new Promise<Error>((resolve) => {
    worker.once('error', (error) => resolve(new Error('the model thread failed', { cause: error })));
    worker.once('exit', (code) => resolve(new Error(`the model thread ended with code ${code}`)));
  });
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
    send: (message) => worker.postMessage(message),
    onMessage: (listener) => {
      worker.on('message', listener);
    },
    onLost: (listener) => {
      void ended.then((cause) => (closing ? undefined : listener(cause)));
    },
    async close() {
      closing = true;
      await worker.terminate();
    },
  };
}
