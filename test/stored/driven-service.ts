/** A service in memory, driven into a state and stopped there: what is stored is what a crash would have left. */
import { pino } from 'pino';
import { Redeliver, type App } from '../../functions/app.ts';
import { parseConfig } from '../../functions/config/config.ts';
import { CallError, type Status } from '../../functions/errors.ts';
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../functions/intake/on-request.ts';
import { handleTick } from '../../functions/intake/on-tick.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { memoryWorld, type MemoryWorld } from '../support/memory-world.ts';
import { finalized, message } from '../support/test-app.ts';

export const SERVICE = 'churn';

export interface Moment {
  /** Of the service, below its name in slipway.yaml. */
  readonly policy?: string;
  /** While the engine sleeps, when it has just written the ledger or the endpoint, or at rest. */
  readonly when: 'asleep' | 'written' | 'shifted' | 'rest';
  is(ledger: Ledger): boolean;
}

export function yamlOf(policy = ''): string {
  return `
project: test-project
region: us-central1
state: test-state
services:
  ${SERVICE}:
    artifacts: gs://models/${SERVICE}/*/model.onnx
    image: us-docker.pkg.dev/test-project/slipway/predictor
    endpoint: ${SERVICE}
    ${policy}
`;
}

/** Never: a call that waits for it belongs to a process that has crashed. */
const never = () => new Promise<never>(() => {});

export class DrivenService {
  readonly app: App;
  readonly world: MemoryWorld;
  /** Resolves when the state is reached. */
  readonly reached: Promise<void>;
  #stop = () => {};
  #isOver = false;
  #meanwhile: { is: (ledger: Ledger) => boolean; act: () => Promise<void> } | null = null;
  #asked = 0;

  constructor(moment: Moment) {
    const world = memoryWorld();
    this.app = { config: parseConfig(yamlOf(moment.policy)), world, log: pino({ level: 'silent' }) };
    this.world = world;
    this.reached = new Promise((resolve) => {
      this.#stop = resolve;
    });
    const { clock, ledgers, vertex } = world;
    this.#after(clock, 'sleep', async () => {
      if (this.#isIn(moment, 'asleep')) await this.#end();
      const meanwhile = this.#meanwhile;
      const ledger = this.ledger();
      if (meanwhile === null || ledger === null || !meanwhile.is(ledger)) return;
      this.#meanwhile = null;
      await meanwhile.act();
    });
    this.#after(ledgers, 'write', async () => {
      if (this.#isIn(moment, 'written')) await this.#end();
    });
    this.#after(vertex, 'updateEndpoint', async () => {
      if (this.#isIn(moment, 'shifted')) await this.#end();
    });
  }

  ledger(): Ledger | null {
    const stored = this.world.ledgerTexts.get(SERVICE);
    return stored === undefined ? null : JSON.parse(stored.text);
  }

  async land(name: string): Promise<void> {
    await this.world.clock.sleep(60_000);
    this.world.objects.put('models', `${SERVICE}/${name}/model.onnx`, `model ${name}`);
    await handleArtifact(finalized('models', `${SERVICE}/${name}/model.onnx`), this.app);
  }

  async ask(body: Readonly<Record<string, unknown>>): Promise<void> {
    this.#asked += 1;
    const publishTime = new Date(this.world.clock.now()).toISOString();
    const asked = message({ service: SERVICE, ...body }, { id: `ask-${this.#asked}`, publishTime });
    await handleRequest(asked, this.app);
  }

  /** Does it once the ledger says so, while the engine sleeps; passes time until then. */
  async during(is: (ledger: Ledger) => boolean, act: () => Promise<void>): Promise<void> {
    this.#meanwhile = { is, act };
    await this.rest();
  }

  /** Until no tick is left. */
  async rest(): Promise<void> {
    await this.#ticks(Infinity);
  }

  /** Ticks, and sweeps every quarter of an hour. */
  async pass(ms: number): Promise<void> {
    const until = this.world.clock.now() + ms;
    while (this.world.clock.now() < until) {
      await this.#ticks(until);
      await this.world.clock.sleep(900_000);
      this.world.published.push({ topic: 'ticks', data: { service: SERVICE } });
    }
  }

  refuse(
    method: 'deploy' | 'undeploy',
    { status, message: text }: { status: Status; message: string },
  ): void {
    this.world.vertex[method] = () => Promise.reject(new CallError(method, status, text));
  }

  hang(kind: 'deploy'): void {
    this.world.vertex.operations.hanging.add(kind);
  }

  async #ticks(until: number): Promise<void> {
    const { world, app } = this;
    for (let deliveries = 0; deliveries < 500 && world.clock.now() < until; deliveries += 1) {
      const next = world.published.findIndex(({ topic }) => topic === 'ticks');
      if (next === -1) return;
      const [tick] = world.published.splice(next, 1);
      const publishTime = new Date(world.clock.now()).toISOString();
      await handleTick(message(tick?.data, { publishTime }), app).catch(async (error: unknown) => {
        if (!(error instanceof Redeliver)) throw error;
        await world.clock.sleep(10_000);
        world.published.push({ topic: 'ticks', data: tick?.data });
      });
    }
  }

  #isIn(moment: Moment, when: Moment['when']): boolean {
    const ledger = this.ledger();
    return !this.#isOver && moment.when === when && ledger !== null && moment.is(ledger);
  }

  #end(): Promise<never> {
    this.#isOver = true;
    this.#stop();
    return never();
  }

  /** Goes on with what is asked for after each call. */
  #after(of: object, method: string, then: () => Promise<void>): void {
    const target: Record<string, (...args: unknown[]) => Promise<unknown>> = Object(of);
    const before = target[method]?.bind(of);
    if (before === undefined) throw new Error(`no ${method}`);
    target[method] = async (...args) => {
      const result = await before(...args);
      await then();
      return result;
    };
  }
}
