/**
 * Containers as child processes, one per replica, by a map from images to commands. No child outlives
 * the emulator, however that ends: a helper process knows all their groups and kills them when its
 * standard input closes, which also happens when the emulator is killed.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';

import { freePort } from '../../common/free-port.ts';
import type { Clock } from '../core/clock.ts';
import { NoAnswer } from './container.ts';
import type { Container, ContainerRuntime, ContainerSpec, HttpAnswer, ProbeAction } from './container.ts';
import { probeCommand, probeGrpc, probeHttp, probeTcp } from './process-probe.ts';
import { expand, expandPort } from './references.ts';

/** The command that stands for an image: its first word `node` means the Node that runs the emulator. */
export interface ImageCommand {
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * What a model may run beside it, as it stands in the model: in place of the command, or as a probe. Anybody on this
   * machine may upload a model, so nothing else runs.
   */
  readonly allowed?: readonly (readonly string[])[];
}

/** Loaded before a program of Node. */
const LOOPBACK_ONLY = new URL('../child/loopback.ts', import.meta.url).href;

/** What runs the code that stands in its arguments. */
const INTERPRETER =
  /(?:^|[\\/])(?:node|deno|bun|python[\d.]*|ruby|perl|php|Rscript|lua|java|sh|bash|dash|zsh|env)(?:\.exe)?$/;

/** A container sees nothing of the emulator's own environment but what a program needs to start. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SystemRoot'];

/** Reads `+ GROUP` and `- GROUP` lines; at the end of its input it kills the groups that are left. */
const reaperScript = `
  groups=" "
  while read -r sign group; do
    case $sign in
      +) groups="$groups$group " ;;
      -) groups="\${groups%% $group *} \${groups#* $group }" ;;
    esac
  done
  for group in $groups; do kill -KILL "-$group" 2>/dev/null; done
`;

export class Processes implements ContainerRuntime {
  readonly #clock: Clock;
  readonly #images: ReadonlyMap<string, ImageCommand>;
  readonly #running = new Set<Container>();
  readonly #noted = new Set<string>();
  #reaper: ChildProcess | undefined;

  constructor(options: { clock: Clock; images: ReadonlyMap<string, ImageCommand> }) {
    this.#clock = options.clock;
    this.#images = options.images;
  }

  has(imageUri: string): boolean {
    return this.#images.has(imageUri);
  }

  async start(spec: ContainerSpec): Promise<Container> {
    const image = this.#images.get(spec.imageUri);
    const isOwn = isAllowed(image, spec.command);
    if (spec.command.length > 0 && !isOwn) this.#note(spec, 'command', spec.command);
    const [program, ...args] = (isOwn ? spec.command : image?.command) ?? [];
    if (image === undefined || program === undefined)
      throw new Error(`no command for image ${spec.imageUri}`);
    if (args.length === 0 && spec.args.length > 0 && INTERPRETER.test(program))
      throw new Error(
        `the command of image ${spec.imageUri} is an interpreter alone, and would run the model's args`,
      );
    const port = await freePort();
    const env: Record<string, string> = { ...image.env, ...spec.env, AIP_HTTP_PORT: String(port) };
    for (const name of inherited) {
      const value = process.env[name];
      if (value !== undefined) env[name] ??= value;
    }
    // Node programs listen on loopback only, whatever address they name.
    const node = program === 'node' ? ['--import', LOOPBACK_ONLY] : [];
    const resolved = (text: string): string => expandPort(text, port);
    const own = isOwn ? args.map((arg) => expand(arg, spec.env)) : args;
    const words = [...node, ...[...own, ...spec.args].map(resolved)];
    for (const [name, value] of Object.entries(env)) env[name] = resolved(value);
    const child = spawn(program === 'node' ? process.execPath : program, words, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C reaches the emulator alone, which then stops its children in order.
      detached: true,
      ...(image.cwd === undefined ? {} : { cwd: image.cwd }),
    });
    for (const stream of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[stream] }).on('line', (text) => {
        spec.log({ timestamp: new Date(this.#clock.now()).toISOString(), stream, text });
      });
    }
    const container = new ChildContainer(child, port, this.#clock, (action, timeoutMs) =>
      this.#probe({ spec, image, port, env }, action, timeoutMs),
    );
    void this.#keepTrack(child, container);
    return container;
  }

  async #probe(
    { spec, image, port, env }: Started,
    action: ProbeAction,
    timeoutMs: number,
  ): Promise<boolean> {
    const at = (named: number | undefined): number => (named === spec.port ? port : (named ?? port));
    if (action.kind === 'http') return probeHttp(action, at(action.port), timeoutMs, this.#clock);
    if (action.kind === 'tcp') return probeTcp(at(action.port), timeoutMs, this.#clock);
    if (action.kind === 'grpc') return probeGrpc(at(action.port), action.service, timeoutMs, this.#clock);
    if (!isAllowed(image, action.command)) {
      this.#note(spec, 'probe', action.command);
      return true;
    }
    const words = action.command.map((word) => expandPort(expand(word, env), port));
    const { cwd } = image ?? {};
    return probeCommand(words, { env, ...(cwd === undefined ? {} : { cwd }) }, timeoutMs, this.#clock);
  }

  /** What does not run here is told once. */
  #note({ imageUri, log }: ContainerSpec, what: string, command: readonly string[]): void {
    const text = `the ${what} ${JSON.stringify(command)} of the model is not run here: slipway.yaml does not name it`;
    const key = `${imageUri} ${text}`;
    if (this.#noted.has(key)) return;
    this.#noted.add(key);
    log({ timestamp: new Date(this.#clock.now()).toISOString(), stream: 'vertex', text });
  }

  async #keepTrack(child: ChildProcess, container: Container): Promise<void> {
    this.#running.add(container);
    this.#tellReaper('+', child);
    await container.exited;
    this.#running.delete(container);
    this.#tellReaper('-', child);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((container) => container.stop(0)));
    this.#reaper?.stdin?.end();
  }

  #tellReaper(sign: '+' | '-', child: ChildProcess): void {
    if (child.pid === undefined || process.platform === 'win32') return;
    if (this.#reaper === undefined) {
      const reaper = spawn('sh', ['-c', reaperScript], {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
      });
      reaper.stdin.on('error', () => {});
      reaper.unref();
      this.#reaper = reaper;
    }
    this.#reaper.stdin?.write(`${sign} ${child.pid}\n`);
  }
}

interface Started {
  readonly spec: ContainerSpec;
  readonly image: ImageCommand;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
}

function isAllowed(image: ImageCommand | undefined, command: readonly string[]): boolean {
  const text = JSON.stringify(command);
  return command.length > 0 && (image?.allowed ?? []).some((allowed) => JSON.stringify(allowed) === text);
}

class ChildContainer implements Container {
  readonly host: NonNullable<Container['host']>;
  readonly exited: Promise<string>;
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #clock: Clock;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(
    child: ChildProcess,
    port: number,
    clock: Clock,
    probe: NonNullable<Container['host']>['probe'],
  ) {
    this.#child = child;
    this.host = { probe };
    this.#port = port;
    this.#clock = clock;
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`));
      child.once('close', (code, signal) =>
        resolve(signal === null ? `exited with code ${code}` : `ended by ${signal}`),
      );
    });
    void this.exited.then(() => this.#agent.destroy());
  }

  request(call: Parameters<Container['request']>[0]): Promise<HttpAnswer> {
    return this.#send(call, true);
  }

  async stop(graceMs: number): Promise<void> {
    this.#signal(graceMs > 0 ? 'SIGTERM' : 'SIGKILL');
    const cancel = this.#clock.schedule(graceMs, () => this.#signal('SIGKILL'));
    await this.exited;
    cancel();
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(process.platform === 'win32' ? pid : -pid, signal);
    } catch {
      // It has ended in the meantime.
    }
  }

  /** `again`: a kept-alive connection may be closed by the server at the moment it is used. */
  #send(call: Parameters<Container['request']>[0], again: boolean): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const { method, path, body, contentType = 'application/json' } = call;
      const headers =
        body === undefined ? {} : { 'content-type': contentType, 'content-length': body.length };
      const outgoing = request({
        host: '127.0.0.1',
        port: this.#port,
        agent: this.#agent,
        method,
        path,
        headers,
      });
      const cancel = this.#clock.schedule(call.timeoutMs, () => {
        outgoing.destroy(new NoAnswer(call.timeoutMs));
      });
      outgoing.once('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.once('error', reject);
        incoming.once('end', () => {
          cancel();
          resolve({
            status: incoming.statusCode ?? 0,
            contentType: incoming.headers['content-type'] ?? '',
            body: Buffer.concat(chunks),
          });
        });
      });
      outgoing.once('error', (error: NodeJS.ErrnoException) => {
        cancel();
        const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (again && stale) resolve(this.#send(call, false));
        else reject(error);
      });
      outgoing.end(body);
    });
  }
}
