/**
 * The first process of several: it has tried the model, and serves nothing. It starts the processes that serve, replaces
 * one that ends, and ends them and itself. Connections never pass through it: a process that dies with one half handed
 * over would leave its caller without an answer for ever.
 */
import cluster, { type Worker } from 'node:cluster';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ALLOCATOR } from '../allocator.ts';
import type { Config } from '../config.ts';
import { counter, head } from '../exposition.ts';
import type { Health } from '../health.ts';
import type { Tried } from '../load/load.ts';
import type { Logger } from '../log.ts';
import type { Task, ToPrimary, ToProcess, Whole } from './messages.ts';
import { countersOf, sumOf } from './pages.ts';
import { Replacements } from './replacements.ts';

export interface PrimaryOptions {
  readonly config: Config;
  readonly processes: number;
  /** Threads of ONNX Runtime, of each process. */
  readonly threads: number;
  readonly tried: Tried;
  readonly health: Health;
  readonly log: Logger;
  /** The entry of a process that serves. */
  readonly processScript: URL;
  /** Where all of them listen. */
  readonly address: ReturnType<Server['address']>;
}

interface Member {
  readonly worker: Worker;
  state: 'loading' | 'loaded' | 'listening';
  /** Its metrics as it told them last. */
  page: string;
}

/** Milliseconds to wait for the metrics of a process, before those that it told last are taken. */
const PAGE_MS = 1000;
/** Milliseconds beyond the bound of their own that processes get to drain. */
const GRACE_MS = 1000;

export class Primary {
  readonly #options: PrimaryOptions;
  readonly #task: Task;
  readonly #members = new Set<Member>();
  readonly #replacements = new Replacements();
  readonly #loaded = Promise.withResolvers<void>();
  readonly #listening = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  /** Who waits for the page of which process. */
  readonly #pages = new Map<number, { readonly member: Member; readonly resolve: (text: string) => void }>();
  #lastId = 0;
  #portIsFree = false;
  /** True as soon as all have been ready once. */
  #wasReady = false;
  #isEnding = false;
  /** Processes that did not end by themselves when they were to drain. */
  #cutShort = 0;
  /** What processes had counted that have ended. */
  #ended = '';

  constructor(options: PrimaryOptions) {
    this.#options = options;
    const { store: _, ...model } = options.tried.model;
    const source = { ...model.source, intraOpThreads: options.threads };
    this.#task = { model: { ...model, source }, findings: options.tried.findings };
  }

  /** Starts the processes. `leavePort` closes the port once they can have it. Resolves when all are ready. */
  async start(leavePort: () => Promise<void>): Promise<void> {
    cluster.schedulingPolicy = cluster.SCHED_NONE;
    cluster.setupPrimary({
      exec: fileURLToPath(this.#options.processScript),
      args: [],
      serialization: 'advanced',
    });
    for (let place = 0; place < this.#options.processes; place += 1) this.#fork();
    await this.#loaded.promise;
    await leavePort();
    this.#portIsFree = true;
    for (const member of this.#members) tell(member, { kind: 'listen' });
    await this.#listening.promise;
    const { log, processes, address } = this.#options;
    log.info({ address, processes, startMs: Math.round(performance.now()) }, 'ready');
  }

  /** Has all of them drain, and ends this process. */
  async stop(): Promise<void> {
    const { health, log } = this.#options;
    if (this.#isEnding) return;
    health.enter('draining');
    log.info('draining');
    await this.#drainAll();
    if (this.#cutShort > 0) log.warn({ processes: this.#cutShort }, 'drain cut short');
    else log.info('drained');
    process.exit(this.#cutShort > 0 ? 1 : 0);
  }

  #fork(): void {
    const { address } = this.#options;
    // Not the configured port, which may be 0.
    const port = typeof address === 'object' && address !== null ? { AIP_HTTP_PORT: address.port } : {};
    const member: Member = { worker: cluster.fork({ ...ALLOCATOR, ...port }), state: 'loading', page: '' };
    this.#members.add(member);
    member.worker.on('message', (message: ToPrimary) => this.#onMessage(member, message));
    member.worker.once('exit', (code, signal) => this.#onExit(member, signal ?? `code ${code}`, code === 1));
    tell(member, { kind: 'task', task: this.#task });
    this.#tellAll();
  }

  #onMessage(member: Member, message: ToPrimary): void {
    if (message.kind === 'page') {
      member.page = message.text;
      this.#pages.get(message.id)?.resolve(message.text);
      return;
    }
    if (message.kind === 'pages') {
      void this.#allPages().then((text) => tell(member, { kind: 'pages', id: message.id, text }));
      return;
    }
    member.state = message.kind;
    const all = [...this.#members];
    if (message.kind === 'loaded') {
      if (this.#portIsFree) tell(member, { kind: 'listen' });
      else if (all.every(({ state }) => state === 'loaded')) this.#loaded.resolve();
      return;
    }
    if (!this.#wasReady && all.every(({ state }) => state === 'listening')) {
      this.#wasReady = true;
      this.#options.health.enter('ready');
      this.#listening.resolve();
    }
    this.#tellAll();
  }

  #onExit(member: Member, how: string, hasSaidWhy: boolean): void {
    const { log } = this.#options;
    this.#members.delete(member);
    for (const page of this.#pages.values()) if (page.member === member) page.resolve('');
    this.#ended = sumOf([this.#ended, countersOf(member.page)]);
    if (this.#isEnding) {
      if (how !== 'code 0' && member.state === 'listening') this.#cutShort += 1;
      if (this.#members.size === 0) this.#gone.resolve();
      return;
    }
    if (!this.#wasReady) {
      // What one of them cannot serve, none of them can. Its own line has the reason where it could write one.
      if (!hasSaidWhy)
        log.fatal({ pid: member.worker.process.pid, how }, 'process ended before it was ready');
      this.#killAll();
      process.exit(1);
    }
    log.error({ pid: member.worker.process.pid, how, ready: this.#ready() }, 'process ended');
    if (this.#replacements.allow(performance.now())) this.#fork();
    else void this.#giveUp(how);
  }

  /** Ends with the reason, so that Vertex AI starts the container again. */
  async #giveUp(how: string): Promise<void> {
    const { health, log } = this.#options;
    health.enter('failed');
    log.fatal({ how, replaced: this.#replacements.count }, 'processes end again and again');
    await this.#drainAll();
    process.exit(1);
  }

  /** Has those drain that serve, and ends the others. Resolves when all are gone. */
  async #drainAll(): Promise<void> {
    this.#isEnding = true;
    this.#tellAll();
    for (const member of this.#members) {
      if (member.state === 'listening') tell(member, { kind: 'drain' });
      else member.worker.process.kill('SIGKILL');
    }
    if (this.#members.size === 0) return;
    const late = setTimeout(() => this.#killAll(), this.#options.config.drainTimeoutMs + GRACE_MS);
    await this.#gone.promise;
    clearTimeout(late);
  }

  #killAll(): void {
    for (const { worker } of this.#members) worker.process.kill('SIGKILL');
  }

  #ready(): number {
    return [...this.#members].filter(({ state }) => state === 'listening').length;
  }

  #tellAll(): void {
    const { health, processes } = this.#options;
    const whole: Whole = { state: health.state, processes: { ready: this.#ready(), of: processes } };
    for (const member of this.#members) tell(member, { kind: 'whole', whole });
  }

  async #allPages(): Promise<string> {
    const serving = [...this.#members].filter(({ state }) => state === 'listening');
    const pages = await Promise.all(serving.map((member) => this.#pageOf(member)));
    return sumOf([...pages, this.#ended, this.#ownPage()]);
  }

  #pageOf(member: Member): Promise<string> {
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#pages.set(id, { member, resolve });
    const late = setTimeout(() => resolve(member.page), PAGE_MS);
    tell(member, { kind: 'page', id });
    return promise.finally(() => {
      clearTimeout(late);
      this.#pages.delete(id);
    });
  }

  #ownPage(): string {
    const { user, system } = process.cpuUsage();
    const lines = [
      ...head('predictor_processes', 'gauge', 'Processes that serve.'),
      `predictor_processes ${this.#ready()}`,
      ...counter('predictor_processes_replaced_total', 'Processes that ended.', this.#replacements.count),
      ...head('process_resident_memory_bytes', 'gauge', 'Resident memory.'),
      `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ...counter('process_cpu_seconds_total', 'User and system CPU time.', (user + system) / 1e6),
    ];
    return `${lines.join('\n')}\n`;
  }
}

function tell({ worker }: Member, message: ToProcess): void {
  // What cannot be sent is followed by the end of the process, which says more.
  if (worker.isConnected()) worker.send(message, undefined, undefined, () => {});
}
