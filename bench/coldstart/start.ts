/** One cold start: from the start of the process to the answer to its first push. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../common/free-port.ts';
import type { PushRequest } from '../../emulator/pubsub/push.ts';

export interface Subject {
  readonly name: string;
  /** The framework's command, and the source it serves. */
  readonly framework: string;
  readonly source: string;
}

/** `cpuMs`: user and system time of all threads. `rssMb`: resident memory when the push is answered, in MiB. */
export interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** Linux counts in these units (sysconf(_SC_CLK_TCK)), so a sample is right to 10 ms; medians are better than that. */
const TICK_MS = 10;

/** Throws if the function ends before, or answers with an error. */
export async function coldStart(
  { framework, source }: Subject,
  env: Readonly<Record<string, string>>,
  push: PushRequest,
): Promise<Sample> {
  const port = await freePort();
  const flags = ['--target=onTick', '--signature-type=http', `--source=${source}`, `--port=${port}`];
  const started = performance.now();
  const child = spawn(process.execPath, [framework, ...flags], {
    env: { ...process.env, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await listening(child, port);
    const { headers, body } = push;
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`expected 2xx, got ${response.status}: ${await response.text()}`);
    const wallMs = performance.now() - started;
    return { wallMs, ...used(child) };
  } finally {
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the function ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const accepted = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (accepted) return;
    await pause(2);
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 14 and 15 are utime and stime. */
function used({ pid }: ChildProcess): { cpuMs: number; rssMb: number } {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return {
    cpuMs: (Number(afterName[11]) + Number(afterName[12])) * TICK_MS,
    rssMb: Number(resident?.[1]) / 1024,
  };
}
