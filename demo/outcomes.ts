/** The messages of the events topic, one after the other, through the official client. */
import type { PubSub } from '@google-cloud/pubsub';

/** What a release has come to: the part of the message that the demo shows. */
export interface Outcome {
  readonly service: string;
  readonly release: string;
  readonly result: string;
  readonly seconds: number;
  readonly version: string | null;
  readonly deployedModel: string | null;
  readonly cause: { readonly code: string; readonly text: string; readonly detail: string } | null;
}

/** What a batch has come to: the part of the message that the demo shows. */
export interface BatchOutcome {
  readonly batch: string;
  readonly result: string;
  readonly version: string | null;
  readonly output: string | null;
  readonly cause: Outcome['cause'];
}

export interface Outcomes {
  /** The next outcome of a batch; rejects after `timeoutMs`. */
  nextBatch(timeoutMs: number): Promise<BatchOutcome>;
  /** The next outcome; rejects after `timeoutMs`. */
  next(timeoutMs: number): Promise<Outcome>;
  close(): Promise<void>;
}

export async function listenForOutcomes(pubsub: PubSub, topic: string): Promise<Outcomes> {
  const [subscription] = await pubsub.topic(topic).createSubscription('slipway-demo');
  const seen = new Set<string>();
  const releases = queue<Outcome>();
  const batches = queue<BatchOutcome>();
  subscription.on('message', (message: { data: Buffer; ack(): void }) => {
    message.ack();
    const outcome: Outcome | BatchOutcome = JSON.parse(message.data.toString('utf8'));
    if ('batch' in outcome) {
      batches.take(outcome);
      return;
    }
    // Events come at least once. What was live may be told of a second time, when it was rolled back.
    const told = `${outcome.release} ${outcome.result}`;
    if (seen.has(told)) return;
    seen.add(told);
    releases.take(outcome);
  });
  return {
    next: (timeoutMs) => releases.next(timeoutMs),
    nextBatch: (timeoutMs) => batches.next(timeoutMs),
    async close() {
      await subscription.close();
    },
  };
}

/** What has come, in its order, for one that waits. */
function queue<T>() {
  const waiting: T[] = [];
  let wake: (() => void) | null = null;
  return {
    take(outcome: T): void {
      waiting.push(outcome);
      wake?.();
    },
    async next(timeoutMs: number): Promise<T> {
      if (waiting.length === 0) {
        await new Promise<void>((resolve, reject) => {
          const timer = setTimeout(
            () => reject(new Error(`no outcome within ${timeoutMs / 1000} s`)),
            timeoutMs,
          );
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      const outcome = waiting.shift();
      if (outcome === undefined) throw new Error('woken without an outcome');
      return outcome;
    },
  };
}
