/** What the world tells: outcomes of the events topic, and the lines that the functions print. */
import type { Broker } from '../../emulator/pubsub/broker.ts';
import type { ErrorLine, Intake, Told } from './facts.ts';
import type { Journal } from './journal.ts';
import { PROJECT } from './services.ts';

const SUBSCRIPTION = `projects/${PROJECT}/subscriptions/soak-events`;

/** Error lines kept. */
const LINES_MAX = 2_000;

const BAD = new Set(['ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY']);

/** Takes every message of the topic until it is stopped. */
export class Events {
  readonly told: Told[] = [];
  readonly #journal: Journal;
  readonly #broker: Broker;
  #reading = true;
  #read: Promise<void>;

  constructor(broker: Broker, topic: string, journal: Journal) {
    this.#broker = broker;
    this.#journal = journal;
    broker.createSubscription(SUBSCRIPTION, { topic });
    this.#read = this.#readAll();
  }

  async stop(): Promise<void> {
    this.#reading = false;
    this.#broker.deleteSubscription(SUBSCRIPTION);
    await this.#read;
  }

  async #readAll(): Promise<void> {
    while (this.#reading) {
      const deliveries = await this.#broker.pull(SUBSCRIPTION, 100);
      for (const { message } of deliveries) this.#take(JSON.parse(message.data.toString('utf8')));
      if (deliveries.length > 0 && this.#reading)
        this.#broker.acknowledge(
          SUBSCRIPTION,
          deliveries.map(({ ackId }) => ackId),
        );
    }
  }

  #take(message: Record<string, unknown>): void {
    const { service, release, result, artifact, askedBy, endedAt } = message;
    if (typeof result !== 'string') {
      this.#journal.note(`${String(service)}: notice ${JSON.stringify(message).slice(0, 300)}`);
      return;
    }
    const cause = message['cause'] as { code: string; detail: string } | null;
    const at = Date.now();
    this.told.push({
      service: String(service),
      release: String(release),
      result,
      code: cause?.code ?? null,
      detail: cause?.detail ?? '',
      artifact: String(artifact),
      askedBy: String(askedBy),
      endedAt: Number(endedAt),
      at,
    });
    const why = cause === null ? '' : `: ${cause.code} ${cause.detail.slice(0, 160)}`;
    this.#journal.note(
      `${String(service)}: ${String(release)} ${folderOf(String(artifact))} ${result}${why}`,
    );
  }
}

/** `v12` of `gs://bucket/service/v12/model.onnx#1`. */
export function folderOf(artifact: string): string {
  return artifact.split('/').at(-2) ?? artifact;
}

/** Keeps what matters of the lines that the functions print. */
export class Lines {
  readonly intakes: Intake[] = [];
  readonly errors: ErrorLine[] = [];
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  take(name: string, text: string): void {
    const fields = parse(text);
    const at = Date.now();
    const message = stringOrNull(fields?.['message']) ?? 'not a line of the log';
    const isBad = fields === null ? !isHarmless(text) : BAD.has(String(fields['severity']));
    if (isBad || fields?.['severity'] === 'WARNING') this.#journal.note(`${name}: ${text.slice(0, 400)}`);
    else this.#journal.detail(`${name}: ${text}`);
    if (message === 'request accepted') {
      const { service, release, verdict } = fields ?? {};
      this.intakes.push({
        service: String(service),
        release: String(release),
        verdict: String(verdict),
        at,
      });
      return;
    }
    if (!isBad || this.errors.length >= LINES_MAX) return;
    this.errors.push({
      function: name,
      message,
      service: stringOrNull(fields?.['service']),
      release: stringOrNull(fields?.['release']),
      text: text.slice(0, 500),
      at,
    });
  }
}

/** What the Functions Framework prints when it starts, and Node's notes on the same. */
function isHarmless(text: string): boolean {
  return (
    text.trim() === '' ||
    /^(Serving function|Function: |Signature type: |URL: |\(Use `node --trace)/.test(text)
  );
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function stringOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
