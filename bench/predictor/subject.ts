/** A server process that is measured. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { freePort } from '../../common/free-port.ts';

/** `v1`: `{"instances": …}`, which Vertex AI, KServe and BentoML take; `v2`: the Open Inference Protocol of MLServer. */
export type Protocol = 'v1' | 'v2';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Answers 200 once the server may be asked; /health by default. */
  readonly healthPath?: string;
}

/** Stands for the port among the arguments of a command. */
export const PORT = '{port}';

export interface Subject {
  readonly port: number;
  readonly pid: number;
  /** Milliseconds from start to the first 200 of its health route. */
  readonly startMs: number;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
// Clock ticks of /proc/PID/stat are hundredths of a second on every Linux that Node supports.
const MICROS_PER_TICK = 10_000;

/** Starts a server, on a free port unless one is given, and waits until it is healthy. */
export async function startSubject(command: Command, given?: number): Promise<Subject> {
  const port = given ?? (await freePort());
  const start = performance.now();
  const args = command.args.map((argument) => (argument === PORT ? String(port) : argument));
  const child = spawn(command.file, args, {
    cwd: command.cwd,
    env: { ...process.env, ...command.env, AIP_HTTP_PORT: String(port) },
    stdio: ['ignore', 'ignore', command.healthPath === undefined ? 'inherit' : 'ignore'],
  });
  while (!(await isHealthy(port, command.healthPath ?? '/health'))) {
    if (child.exitCode !== null || performance.now() - start > START_TIMEOUT_MS) {
      child.kill();
      throw new Error(`${command.file} ${command.args.join(' ')} did not become healthy`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 2);
    });
  }
  const startMs = performance.now() - start;
  return { port, pid: child.pid ?? 0, startMs, stop: () => stop(child) };
}

/** Microseconds of CPU that the process and its children have used, user and system; null where /proc is not there. */
export function cpuMicros(pid: number): number | null {
  const own = ownMicros(pid);
  if (own === null) return null;
  return childrenOf(pid).reduce((sum, child) => sum + (cpuMicros(child) ?? 0), own);
}

/** The process and those that it has started, and these. */
export function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
        .trim()
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return [];
  }
}

function ownMicros(pid: number): number | null {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
  } catch {
    return null;
  }
}

/** Megabytes of resident memory; null where /proc is not there. */
export function residentMb(pid: number): number | null {
  try {
    const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kb) / 1024);
  } catch {
    return null;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

async function isHealthy(port: number, path: string): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}${path}`)).ok;
  } catch {
    return false;
  }
}
