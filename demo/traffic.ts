/** Predictions at a steady rate through the endpoint, with the official client, counted until they are stopped. */
import { PredictionServiceClient } from '@google-cloud/aiplatform/build/src/v1/prediction_service_client.js';
import { localClientOptions } from './local-client.ts';

export interface Traffic {
  readonly answered: number;
  readonly lost: number;
  readonly lastError: string | null;
  /** Answers by the deployed model that gave them. */
  readonly byModel: ReadonlyMap<string, number>;
  /** Answers a second since the start. */
  rate(): number;
  /** Resolves when every request sent so far has been answered. */
  settled(): Promise<void>;
  /** Resolves after that many more answers. */
  more(answers: number): Promise<void>;
  /** Sends no more, and waits for the answers still to come. */
  stop(): Promise<void>;
}

export interface TrafficOptions {
  readonly url: string;
  readonly endpoint: string;
  readonly instances: readonly Instance[];
  readonly perSecond: number;
  /** Each answer: who gave it, and when it was asked for, by performance.now(). */
  readonly onAnswer?: (deployedModel: string, askedAt: number) => void;
}

export type Instance = number | readonly number[];

export function startTraffic({ url, endpoint, instances, perSecond, onAnswer }: TrafficOptions): Traffic {
  const client = new PredictionServiceClient(localClientOptions(url));
  const values = instances.map(toValue);
  const byModel = new Map<string, number>();
  const underWay = new Set<Promise<void>>();
  const started = performance.now();
  const count = { answered: 0, lost: 0, sent: 0 };
  let lastError: string | null = null;
  let stopped = started;

  const predict = async (value: object) => {
    const askedAt = performance.now();
    try {
      const [answer] = await client.predict({ endpoint, instances: [value] }, { timeout: 20_000 });
      if (answer.predictions?.length !== 1) throw new Error('expected one prediction for one instance');
      count.answered += 1;
      const model = answer.deployedModelId ?? '';
      byModel.set(model, (byModel.get(model) ?? 0) + 1);
      onAnswer?.(model, askedAt);
    } catch (error) {
      count.lost += 1;
      lastError = error instanceof Error ? error.message : String(error);
    }
  };
  const timer = setInterval(() => {
    // As many as are due by now: a late timer must not lower the rate.
    const due = ((performance.now() - started) / 1000) * perSecond;
    for (; count.sent < due; count.sent += 1) {
      const one = predict(values[count.sent % values.length] ?? {}).finally(() => underWay.delete(one));
      underWay.add(one);
    }
  }, 10);

  return {
    byModel,
    get answered() {
      return count.answered;
    },
    get lost() {
      return count.lost;
    },
    get lastError() {
      return lastError;
    },
    rate: () => count.answered / (((stopped === started ? performance.now() : stopped) - started) / 1000),
    async settled() {
      await Promise.all(underWay);
    },
    async more(answers) {
      const until = count.answered + answers;
      while (count.answered < until) await Promise.race([...underWay, new Promise((r) => setTimeout(r, 10))]);
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      stopped = performance.now();
      await client.close();
    },
  };
}

/** One instance as the official client wants it: a google.protobuf.Value. */
function toValue(instance: Instance): object {
  if (typeof instance === 'number') return { numberValue: instance };
  return { listValue: { values: instance.map(toValue) } };
}
