/** Counts the calls that leave the engine, and Vertex AI's by the minute. */
const SUBMISSIONS = new Set(['upload', 'deploy', 'undeploy', 'createEndpoint', 'deleteVersion']);

export class Meter {
  calls = 0;
  /** `PORT.METHOD`, where the port was named. */
  readonly byMethod = new Map<string, number>();
  readonly #now: () => number;
  readonly #vertexByMinute = new Map<number, number>();
  readonly #submissionsByMinute = new Map<number, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  reset(): void {
    this.calls = 0;
    this.byMethod.clear();
    this.#vertexByMinute.clear();
    this.#submissionsByMinute.clear();
  }

  get busiestMinute(): { calls: number; submissions: number } {
    return {
      calls: Math.max(0, ...this.#vertexByMinute.values()),
      submissions: Math.max(0, ...this.#submissionsByMinute.values()),
    };
  }

  /** `port` with every call counted. */
  count<Port extends object>(port: Port, name = ''): Port {
    return new Proxy(port, {
      get: (target, method, receiver) => {
        const value: unknown = Reflect.get(target, method, receiver);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          this.#note('getOperation' in target, String(method));
          const key = `${name}.${String(method)}`;
          if (name !== '') this.byMethod.set(key, (this.byMethod.get(key) ?? 0) + 1);
          return Reflect.apply(value, target, args);
        };
      },
    });
  }

  #note(isVertex: boolean, method: string): void {
    this.calls += 1;
    if (!isVertex) return;
    const minute = Math.floor(this.#now() / 60_000);
    this.#vertexByMinute.set(minute, (this.#vertexByMinute.get(minute) ?? 0) + 1);
    if (!SUBMISSIONS.has(method)) return;
    this.#submissionsByMinute.set(minute, (this.#submissionsByMinute.get(minute) ?? 0) + 1);
  }
}
