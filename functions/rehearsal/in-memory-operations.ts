/** Operations in memory: each takes effect, or fails, when its time has come. */
import type { Pending } from '../release/ledger/ledger.ts';
import type { Clock, Instant, Operation } from '../world.ts';

export type Kind = Pending['kind'] | 'mutate';

/** How long operations take, in ms. */
export type Durations = Readonly<Record<Pending['kind'], number> & { readonly mutate?: number }>;

/** The call that starts each. */
export const METHODS: Readonly<Record<Kind, string>> = {
  createEndpoint: 'CreateEndpoint',
  upload: 'UploadModel',
  deploy: 'DeployModel',
  undeploy: 'UndeployModel',
  deleteVersion: 'DeleteModelVersion',
  mutate: 'MutateDeployedModel',
};

/** Machines are added and taken away for minutes. */
const TYPICAL_MUTATION = 180_000;

export function durationOf({ mutate = TYPICAL_MUTATION, ...others }: Durations, kind: Kind): number {
  return kind === 'mutate' ? mutate : others[kind];
}

interface Running {
  readonly endsAt: Instant;
  readonly tookMs: number | null;
  readonly error: Operation['error'];
  readonly effect: () => void;
  landed: boolean;
}

export class InMemoryOperations {
  /** Operations of these kinds that begin from now on never end, until `endHanging`. */
  readonly hanging = new Set<Kind>();
  /** Those that begin from now on end with this error, without effect. */
  readonly failing = new Map<Kind, NonNullable<Operation['error']>>();
  readonly durations: Durations;
  readonly #running = new Map<string, Running>();
  readonly #parent: string;
  readonly #clock: Clock;

  /** `parent` is `projects/…/locations/…`. */
  constructor(parent: string, clock: Clock, durations: Durations) {
    this.#parent = parent;
    this.#clock = clock;
    this.durations = durations;
  }

  /** Returns the name of the operation. `ended`: what it ends with, unless its kind is failing anyway. */
  start(kind: Kind, effect: () => void, ended: Operation['error'] = null): string {
    const error = this.failing.get(kind) ?? ended;
    const name = `${this.#parent}/operations/${this.#running.size + 1}`;
    const tookMs = durationOf(this.durations, kind);
    const endsAt = this.hanging.has(kind) ? Infinity : this.#clock.now() + tookMs;
    this.#running.set(name, { endsAt, tookMs, error, effect, landed: false });
    return name;
  }

  /** An operation that had begun before. */
  resume(name: string, endsAt: Instant, effect: () => void, ended: Operation['error'] = null): void {
    this.#running.set(name, { endsAt, tookMs: null, error: ended, effect, landed: false });
  }

  get(name: string): Operation | null {
    const running = this.#running.get(name);
    if (running === undefined) return null;
    const { landed, error, tookMs } = running;
    const stage = running.endsAt === Infinity ? 'ADDING_NODES_TO_CLUSTER' : null;
    return { name, done: landed, error: landed ? error : null, stage, tookMs: landed ? tookMs : null };
  }

  /** Lets every operation whose time has come take effect. */
  land(): void {
    for (const running of this.#running.values()) {
      if (running.landed || running.endsAt > this.#clock.now()) continue;
      running.landed = true;
      if (running.error === null) running.effect();
    }
  }

  /** Lets what hangs take effect after all. */
  endHanging(): void {
    this.hanging.clear();
    for (const [name, running] of this.#running) {
      if (running.endsAt === Infinity) this.#running.set(name, { ...running, endsAt: this.#clock.now() });
    }
  }
}
