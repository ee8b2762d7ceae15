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

export interface Outcomes {
  /** The next outcome; rejects after `timeoutMs`. */
  next(timeoutMs: number): Promise<Outcome>;
  close(): Promise<void>;
}

export async function listenForOutcomes(pubsub: PubSub, topic: string): Promise<Outcomes> {
  const [subscription] = await pubsub.topic(topic).createSubscription('slipway-demo');
  const seen = new Set<string>();
  const waiting: Outcome[] = [];
  let wake: (() => void) | null = null;
  subscription.on('message', (message: { data: Buffer; ack(): void }) => {
    message.ack();
    const outcome: Outcome = JSON.parse(message.data.toString('utf8'));
    // Events come at least once. What was live may be told of a second time, when it was rolled back.
    const told = `${outcome.release} ${outcome.result}`;
    if (seen.has(told)) return;
    seen.add(told);
    waiting.push(outcome);
    wake?.();
  });
  return {
    async next(timeoutMs) {
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
    async close() {
      await subscription.close();
    },
  };
}
