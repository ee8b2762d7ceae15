/**
 * Long-running operations. An operation ends when its time has passed *and* its work is ready; only
 * then does its effect happen, in one step with `done`. An error ends it at once.
 */
import { ApiError, asApiError } from './errors.ts';
import type { Clock } from './clock.ts';
import type { JsonObject } from './json.ts';

/** google.longrunning.Operation. */
export interface OperationJson {
  name: string;
  metadata: JsonObject;
  done?: true;
  response?: JsonObject;
  error?: { code: number; message: string };
}

export interface OperationStart {
  /** The resource the operation belongs to: `projects/1/locations/l` and further. */
  readonly parent: string;
  /** `@type` and what else the metadata holds besides its generic part. */
  readonly metadata: JsonObject;
  readonly durationMs: number;
  /** Deployment stages, shown one after the other over the duration. */
  readonly stages?: DeploymentStages;
  /** What has to be ready besides the time; a rejection is the operation's error. */
  readonly ready?: Promise<void>;
  /** The effect. Returns the response with its `@type`; what it throws is the operation's error. */
  readonly finish: () => JsonObject;
  /** Undoes whatever was begun, after an error or a cancellation. */
  readonly failed?: (error: ApiError) => void;
  /** False when a cancellation has no effect. Default true. */
  readonly cancellable?: boolean;
}

export interface DeploymentStages {
  readonly running: readonly string[];
  readonly succeeded: string;
  readonly failed: string;
  readonly cancelled: string;
}

/** An error that an operation is made to end with, whatever its work comes to. */
export interface ForcedEnd {
  readonly error: ApiError;
  /** `none`: the effect never happens. `kept`: it has happened although the operation says it failed. */
  readonly effect: 'none' | 'kept';
}

interface Entry {
  readonly json: OperationJson;
  readonly generic: { createTime: string; updateTime: string };
  readonly start: OperationStart;
  readonly waiting: Set<() => void>;
  readonly timers: Set<() => void>;
  forced?: ForcedEnd;
  /** Until it resolves, the operation does not end. */
  held?: Promise<void>;
}

export class Operations {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor(options: { clock: Clock; random: () => number }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  start(start: OperationStart): OperationJson {
    const name = `${start.parent}/operations/${this.#newId()}`;
    const time = this.#time();
    const generic = { createTime: time, updateTime: time };
    const json = { name, metadata: { ...start.metadata, genericMetadata: generic } };
    const entry: Entry = { json, generic, start, waiting: new Set(), timers: new Set() };
    this.#entries.set(name, entry);
    const running = start.stages?.running ?? [];
    for (const [index, stage] of running.entries()) {
      if (index === 0) this.#enter(entry, stage);
      else this.#after(entry, (start.durationMs * index) / running.length, () => this.#enter(entry, stage));
    }
    const elapsed = new Promise<void>((resolve) => {
      this.#after(entry, start.durationMs, resolve);
    });
    Promise.all([elapsed, start.ready]).then(
      () => this.#finishUnlessHeld(entry),
      (error: unknown) => this.#fail(entry, asApiError(error)),
    );
    return structuredClone(entry.json);
  }

  /** By full name. Throws NOT_FOUND. */
  get(name: string): OperationJson {
    return structuredClone(this.#entry(name).json);
  }

  /** Oldest first: those of the resource `parent` and of everything below it. */
  list(parent: string): OperationJson[] {
    const below = `${parent}/`;
    const found = [...this.#entries.values()].filter(({ json }) => json.name.startsWith(below));
    return found.map(({ json }) => structuredClone(json));
  }

  /** Answers when the operation is done or `timeoutMs` is over, whichever comes first. */
  async wait(name: string, timeoutMs: number): Promise<OperationJson> {
    const entry = this.#entry(name);
    if (entry.json.done !== true) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.schedule(timeoutMs, resolve);
        entry.waiting.add(() => {
          cancel();
          resolve();
        });
      });
    }
    return structuredClone(entry.json);
  }

  /** Best effort, as Google's: a finished operation stays as it is. */
  cancel(name: string): void {
    const entry = this.#entry(name);
    if (entry.json.done === true || entry.start.cancellable === false) return;
    const error = new ApiError('CANCELLED', 'The operation was cancelled.');
    this.#fail(entry, error, entry.start.stages?.cancelled);
  }

  /** Forgets the operation without stopping it. */
  delete(name: string): void {
    this.#entry(name);
    this.#entries.delete(name);
  }

  /** Makes an unfinished operation end in an error when its time comes. */
  force(name: string, end: ForcedEnd): void {
    this.#entry(name).forced = end;
  }

  /** Keeps an unfinished operation from ending for so long, by default for ever; it may be cancelled. */
  hold(name: string, delayMs?: number): void {
    const entry = this.#entry(name);
    entry.held = new Promise((resolve) => {
      if (delayMs !== undefined) this.#after(entry, delayMs, resolve);
    });
  }

  /** Stops every unfinished operation where it is. */
  close(): void {
    for (const { timers, waiting } of this.#entries.values()) {
      for (const cancel of timers) cancel();
      for (const wake of waiting) wake();
    }
  }

  #finishUnlessHeld(entry: Entry): void {
    if (entry.held === undefined) return this.#finish(entry);
    void entry.held.then(() => this.#finish(entry));
  }

  #finish(entry: Entry): void {
    if (entry.json.done === true) return;
    if (entry.forced?.effect === 'none') return this.#fail(entry, entry.forced.error);
    try {
      const response = entry.start.finish();
      if (entry.forced === undefined) entry.json.response = response;
      else entry.json.error = entry.forced.error.toStatus();
    } catch (error) {
      return this.#fail(entry, asApiError(error));
    }
    this.#end(entry, entry.forced === undefined ? entry.start.stages?.succeeded : entry.start.stages?.failed);
  }

  #fail(entry: Entry, error: ApiError, stage = entry.start.stages?.failed): void {
    if (entry.json.done === true) return;
    entry.json.error = error.toStatus();
    entry.start.failed?.(error);
    this.#end(entry, stage);
  }

  #end(entry: Entry, stage: string | undefined): void {
    entry.json.done = true;
    for (const cancel of entry.timers) cancel();
    this.#enter(entry, stage);
    for (const wake of entry.waiting) wake();
    entry.waiting.clear();
  }

  #enter(entry: Entry, stage: string | undefined): void {
    if (stage !== undefined) entry.json.metadata.deploymentStage = stage;
    entry.generic.updateTime = this.#time();
  }

  #after(entry: Entry, delayMs: number, task: () => void): void {
    const cancel = this.#clock.schedule(delayMs, () => {
      entry.timers.delete(cancel);
      task();
    });
    entry.timers.add(cancel);
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new ApiError('NOT_FOUND', `The operation ${name} does not exist.`);
    return entry;
  }

  #newId(): string {
    return String(Math.floor(this.#random() * 9e15) + 1e15) + String(this.#entries.size).padStart(3, '0');
  }

  #time(): string {
    return new Date(this.#clock.now()).toISOString();
  }
}
