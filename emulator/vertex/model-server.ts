/**
 * The server of one deployed model: its container, whether it is healthy, and the requests in it.
 * It follows Vertex AI's contract for custom containers: ready once its health probe succeeds, by default
 * once the health route answers 200; the health probe's failures take the traffic away until it succeeds
 * again; a container that ends, or whose startup or liveness probe fails, is started again.
 */
import type { Clock } from '../core/clock.ts';
import { ApiError } from '../core/errors.ts';
import { NoAnswer } from './container.ts';
import type { Container, ContainerRuntime, ContainerSpec, HttpAnswer } from './container.ts';
import { ask, Streak } from './probes.ts';
import type { Probe, Probes } from './probes.ts';

const restartDelayMs = 1000;
const onlineTimeoutMs = 60_000;
/** How long a stopping container may take for what is in it. Vertex AI's own grace is not documented. */
const stopGraceMs = 10_000;

export interface ModelServerOptions {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly container: ContainerSpec;
  readonly probes: Probes;
  readonly predictRoute: string;
  /** Where Vertex AI would point to for the container's logs. */
  readonly logsUrl: string;
  readonly readyWithinMs: number;
  /** The longest a request may take. Default: one minute, as for online predictions. */
  readonly predictTimeoutMs?: number;
}

export class ModelServer {
  /** Resolves when the model serves. Rejects with Vertex AI's own words when it ends or takes too long. */
  readonly ready: Promise<void>;
  readonly #options: ModelServerOptions;
  #container: Container | undefined;
  #running = false;
  #healthy = false;
  #stopping = false;
  #inFlight = 0;
  #wakeIdle: () => void = () => {};
  readonly #wakes = new Set<() => void>();

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.ready = this.#start();
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  /** Sends a prediction. Throws UNAVAILABLE when the model cannot answer and DEADLINE_EXCEEDED when it does not. */
  async predict(body: Buffer, contentType: string, withinMs?: number): Promise<HttpAnswer> {
    const container = this.#container;
    if (!this.#healthy || container === undefined) {
      throw new ApiError('UNAVAILABLE', 'The model server is not healthy.');
    }
    this.#inFlight += 1;
    try {
      const { predictRoute: path, predictTimeoutMs = onlineTimeoutMs } = this.#options;
      const timeoutMs = withinMs ?? predictTimeoutMs;
      const call = { method: 'POST', path, timeoutMs } as const;
      return await container.request({ ...call, body, contentType });
    } catch (error) {
      throw error instanceof NoAnswer
        ? new ApiError('DEADLINE_EXCEEDED', 'Deadline exceeded', { cause: error })
        : new ApiError('UNAVAILABLE', 'The model server closed the connection.', { cause: error });
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#wakeIdle();
    }
  }

  /** Lets what is in flight finish, then ends the container. Nothing new may be sent to it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#healthy = false;
    this.#wake();
    if (this.#inFlight > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.schedule(onlineTimeoutMs, resolve);
        this.#wakeIdle = () => {
          cancel();
          resolve();
        };
      });
    }
    await this.#container?.stop(stopGraceMs);
  }

  /** Ends the container at once, with whatever is in it. */
  async kill(): Promise<void> {
    this.#stopping = true;
    this.#healthy = false;
    this.#wake();
    await this.#container?.stop(0);
  }

  async #start(): Promise<void> {
    const { clock, runtime, container: spec, readyWithinMs } = this.#options;
    if (!runtime.has(spec.imageUri)) {
      throw new ApiError(
        'FAILED_PRECONDITION',
        `Image "${spec.imageUri}" was not found or cannot be accessed.`,
      );
    }
    let late = false;
    const cancel = clock.schedule(readyWithinMs, () => {
      late = true;
      void this.#container?.stop(0);
    });
    try {
      let container = await this.#launch();
      // One that its startup probe has given up is started again, until the time is over.
      while ((await this.#startUp(container)) === 'given up' && !late && !this.#stopping) {
        await this.#pause(restartDelayMs);
        if (!late && !this.#stopping) container = await this.#launch();
      }
      if (await this.#becomeHealthy(container)) {
        void this.#keepServing(container);
        return;
      }
    } finally {
      cancel();
    }
    const cause = late
      ? 'Model server never became ready. Please validate that your model file or container configuration are valid.'
      : 'Model server exited unexpectedly.';
    throw new ApiError(
      'FAILED_PRECONDITION',
      `${cause} Model server logs can be found at ${this.#options.logsUrl}`,
    );
  }

  async #launch(): Promise<Container> {
    const container = await this.#options.runtime.start(this.#options.container);
    this.#container = container;
    this.#running = true;
    void this.#awaitEnd(container);
    if (this.#stopping) await container.stop(0);
    return container;
  }

  async #awaitEnd(container: Container): Promise<void> {
    const how = await container.exited;
    this.#note(`model server ${how}`);
    this.#running = false;
    this.#healthy = false;
    this.#wake();
  }

  /** Makes the startup probe until it succeeds. One that fails ends the container. */
  async #startUp(container: Container): Promise<'up' | 'ended' | 'given up'> {
    const { startup } = this.#options.probes;
    if (startup === undefined) return 'up';
    const result = await this.#until(container, startup, startup.periodMs);
    if (result !== 'failure') return result === 'success' ? 'up' : 'ended';
    this.#note('the startup probe has failed, the model server is started again');
    await container.stop(stopGraceMs);
    return 'given up';
  }

  /** True once the health probe succeeds, false when the container ends before. */
  async #becomeHealthy(container: Container): Promise<boolean> {
    const { health, untilHealthyMs } = this.#options.probes;
    // Failures mean nothing yet: it has no traffic to lose.
    const patient = { ...health, failureThreshold: Infinity };
    const result = await this.#until(container, patient, untilHealthyMs);
    this.#healthy = result === 'success' && this.#serves(container);
    return this.#healthy;
  }

  /** Looks after the container until the server is stopped: its probes, and another one when it ends. */
  async #keepServing(first: Container): Promise<void> {
    let container = first;
    while (!this.#stopping) {
      if (this.#serves(container)) {
        await Promise.all([this.#keepHealthy(container), this.#keepAlive(container)]);
        continue;
      }
      await this.#pause(restartDelayMs);
      if (this.#stopping) return;
      container = await this.#launch();
      if ((await this.#startUp(container)) === 'up') await this.#becomeHealthy(container);
    }
  }

  async #keepHealthy(container: Container): Promise<void> {
    const { health } = this.#options.probes;
    const streak = new Streak(health);
    while (this.#serves(container)) {
      await this.#pause(health.periodMs);
      if (!this.#serves(container)) return;
      const result = streak.add(await ask(container, health, this.#options.clock));
      if (!this.#serves(container) || result === undefined) continue;
      const healthy = result === 'success';
      if (healthy === this.#healthy) continue;
      this.#healthy = healthy;
      this.#note(healthy ? 'model server is healthy again' : 'model server is unhealthy and gets no traffic');
    }
  }

  async #keepAlive(container: Container): Promise<void> {
    const { liveness } = this.#options.probes;
    if (liveness === undefined) return;
    const streak = new Streak(liveness);
    await this.#pause(liveness.initialDelayMs);
    while (this.#serves(container)) {
      await this.#pause(liveness.periodMs);
      if (!this.#serves(container)) return;
      if (streak.add(await ask(container, liveness, this.#options.clock)) !== 'failure') continue;
      this.#note('the liveness probe has failed, the model server is started again');
      await container.stop(stopGraceMs);
    }
  }

  /** Makes a probe until its results mean something, or the container has ended. */
  async #until(
    container: Container,
    probe: Probe,
    periodMs: number,
  ): Promise<'success' | 'failure' | 'ended'> {
    const streak = new Streak(probe);
    await this.#pause(probe.initialDelayMs);
    while (this.#serves(container)) {
      const result = streak.add(await ask(container, probe, this.#options.clock));
      if (result !== undefined) return result;
      if (this.#serves(container)) await this.#pause(periodMs);
    }
    return 'ended';
  }

  #serves(container: Container): boolean {
    return container === this.#container && this.#running && !this.#stopping;
  }

  /** Waits on the clock; `#wake` ends it early. */
  #pause(delayMs: number): Promise<void> {
    if (delayMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#wakes.delete(wake);
        resolve();
      };
      const cancel = this.#options.clock.schedule(delayMs, wake);
      this.#wakes.add(wake);
    });
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  #note(text: string): void {
    const timestamp = new Date(this.#options.clock.now()).toISOString();
    this.#options.container.log({ timestamp, stream: 'vertex', text });
  }
}
