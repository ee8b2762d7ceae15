/** The processes of a soak as the operating system sees them: who they are, how large, and which are still there. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MemorySample } from './facts.ts';

const run = promisify(execFile);

export interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly mb: number;
  /** Time of the processors, as `ps` writes it. */
  readonly time: string;
  readonly command: string;
}

/** All processes below `root`, and the root itself, as `ps` shows them. */
export async function family(root = process.pid): Promise<Seen[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,rss=,time=,args='], {
    maxBuffer: 64 * 1024 ** 2,
  });
  const all = stdout.split('\n').flatMap(parse);
  const found = all.filter(({ pid }) => pid === root);
  for (const member of found) found.push(...all.filter(({ parent }) => parent === member.pid));
  return found.filter(({ command }) => !command.startsWith('ps -A'));
}

function parse(line: string): Seen[] {
  const [, pid, parent, kilobytes, time = '', command = ''] =
    /^\s*(\d+)\s+(\d+)\s+(\d+)\s+([\d:.-]+)\s+(.*)$/.exec(line) ?? [];
  if (pid === undefined) return [];
  return [{ pid: Number(pid), parent: Number(parent), mb: Number(kilobytes) / 1024, time, command }];
}

/** The process of a function, by the port that it was given. */
export async function functionPid(port: number): Promise<number | null> {
  const members = await family();
  return members.find(({ command }) => command.includes(`--port=${port}`))?.pid ?? null;
}

/** Looks at the family again and again, and remembers how large each role was and who has ever belonged to it. */
export class FamilyWatch {
  readonly memory = new Map<string, MemorySample[]>();
  readonly #roleOfPort: ReadonlyMap<number, string>;
  readonly #known = new Map<number, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(roleOfPort: ReadonlyMap<number, string>) {
    this.#roleOfPort = roleOfPort;
  }

  start(everyMs: number): void {
    this.#looking = this.look().catch(() => {});
    this.#timer = setTimeout(() => this.start(everyMs), everyMs);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#looking;
  }

  async look(): Promise<void> {
    const sizes = new Map<string, number[]>();
    for (const { pid, mb, command } of await family()) {
      if (pid !== process.pid) this.#known.set(pid, command);
      const role = pid === process.pid ? 'emulator and soak' : this.#roleOf(command);
      if (role !== null) sizes.set(role, [...(sizes.get(role) ?? []), mb]);
    }
    const at = Date.now();
    for (const [role, all] of sizes) {
      const mb = all.reduce((sum, one) => sum + one, 0) / all.length;
      this.memory.set(role, [...(this.memory.get(role) ?? []), { at, mb }]);
    }
  }

  /** Those that ever belonged to the family and still run, once `withinMs` is over or there are none. */
  async left(withinMs: number): Promise<string[]> {
    const until = Date.now() + withinMs;
    for (;;) {
      const left = await this.#running();
      if (left.length === 0 || Date.now() > until) return left;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async #running(): Promise<string[]> {
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,rss=,time=,args='], {
      maxBuffer: 64 * 1024 ** 2,
    });
    // The number of a process that has gone may be given to another one: its command has to be the same.
    const left = stdout.split('\n').flatMap(parse);
    return left
      .filter(({ pid, command }) => this.#known.get(pid) === command && !command.includes('<defunct>'))
      .map(({ pid, command }) => `${pid} ${command.slice(0, 160)}`);
  }

  #roleOf(command: string): string | null {
    const [, port] = / --port=(\d+)/.exec(command) ?? [];
    if (port !== undefined) return this.#roleOfPort.get(Number(port)) ?? null;
    return /predictor\/main\.ts/.test(command) ? 'predictor' : null;
  }
}
