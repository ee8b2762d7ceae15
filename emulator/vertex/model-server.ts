/**
 * The server of one deployed model: its container, whether it is healthy, and the requests in it.
 * It follows Vertex AI's contract for custom containers: ready once the health route answers 200;
 * four failed checks in a row take the traffic away until one succeeds; a container that ends is
 * started again.
 */
import type { Clock } from '../core/clock.ts';
import { ApiError } from '../core/errors.ts';
import { NoAnswer } from './container.ts';
import type { Container, ContainerRuntime, ContainerSpec, HttpAnswer } from './container.ts';

const startupPollMs = 100;
const healthPeriodMs = 10_000;
const healthTimeoutMs = 10_000;
const healthFailures = 4;
const restartDelayMs = 1000;
const onlineTimeoutMs = 60_000;
/** How long a stopping container may take for what is in it. Vertex AI's own grace is not documented. */
const stopGraceMs = 10_000;

export interface ModelServerOptions {
  readonly clock: Clock;
  readonly runtime: ContainerRuntime;
  readonly container: ContainerSpec;
  readonly healthRoute: string;
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
  #failures = 0;
  #stopping = false;
  #inFlight = 0;
  #wakeIdle: () => void = () => {};
  #wake: () => void = () => {};

  constructor(options: ModelServerOptions) {
    this.#options = options;
    this.ready = this.#start();
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  /** Sends a prediction. Throws UNAVAILABLE when the model cannot answer and DEADLINE_EXCEEDED when it does not. */
  async predict(body: Buffer, contentType: string): Promise<HttpAnswer> {
    const container = this.#container;
    if (!this.#healthy || container === undefined) {
      throw new ApiError('UNAVAILABLE', 'The model server is not healthy.');
    }
    this.#inFlight += 1;
    try {
      const { predictRoute: path, predictTimeoutMs: timeoutMs = onlineTimeoutMs } = this.#options;
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
      const container = await this.#launch();
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

  /** True once the health route answers 200, false when the container ends before. */
  async #becomeHealthy(container: Container): Promise<boolean> {
    while (this.#running && !this.#stopping) {
      if (await this.#check(container)) {
        this.#healthy = this.#running && !this.#stopping;
        this.#failures = 0;
        return this.#healthy;
      }
      if (this.#running) await this.#pause(startupPollMs);
    }
    return false;
  }

  /** Looks after the container until the server is stopped: the checks, and another one when it ends. */
  async #keepServing(first: Container): Promise<void> {
    let container = first;
    while (!this.#stopping) {
      if (this.#running) {
        await this.#pause(healthPeriodMs);
        if (this.#running && !this.#stopping) await this.#probe(container);
        continue;
      }
      await this.#pause(restartDelayMs);
      if (this.#stopping) return;
      container = await this.#launch();
      await this.#becomeHealthy(container);
    }
  }

  async #probe(container: Container): Promise<void> {
    const healthy = await this.#check(container);
    this.#failures = healthy ? 0 : this.#failures + 1;
    if (healthy === this.#healthy || !this.#running || this.#stopping) return;
    if (!healthy && this.#failures < healthFailures) return;
    this.#healthy = healthy;
    this.#note(healthy ? 'model server is healthy again' : 'model server is unhealthy and gets no traffic');
  }

  async #check(container: Container): Promise<boolean> {
    try {
      const call = { method: 'GET', path: this.#options.healthRoute, timeoutMs: healthTimeoutMs } as const;
      const { status } = await container.request(call);
      return status === 200;
    } catch {
      return false;
    }
  }

  /** Waits on the clock; `#wake` ends it early. */
  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.schedule(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  #note(text: string): void {
    const timestamp = new Date(this.#options.clock.now()).toISOString();
    this.#options.container.log({ timestamp, stream: 'vertex', text });
  }
}
