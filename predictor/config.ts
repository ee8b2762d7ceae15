/**
 * The predictor's configuration: Vertex AI's own variables and SLIPWAY_* for everything else. One table names
 * every variable, its default and what it accepts; all problems are reported at once.
 * https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements#aip-variables
 */
import { readFeatureSettings } from '../common/artifact/feature-settings.ts';
import { readInterface } from '../common/artifact/interface.ts';
import { readStoredSettings } from '../common/artifact/stored-settings.ts';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration has ${problems.length} problem(s): ${problems.join('; ')}`);
    this.problems = problems;
  }
}

type Parse<T> = (text: string, expected: (what: string) => Error) => T;
type Environment = Readonly<Record<string, string | undefined>>;

const MIB = 1024 * 1024;

const SETTINGS = {
  /** Of the endpoint and the deployed model: Vertex sets them where there is an endpoint. */
  endpointId: ['AIP_ENDPOINT_ID', '', anything],
  deployedModelId: ['AIP_DEPLOYED_MODEL_ID', '', anything],
  /** The endpoint that the model was uploaded for: what runs elsewhere answers a batch. Slipway sets it. */
  ownEndpointId: ['SLIPWAY_ENDPOINT_ID', '', anything],

  port: ['AIP_HTTP_PORT', '8080', whole(0, 65_535)],
  healthRoute: ['AIP_HEALTH_ROUTE', '/health', route],
  predictRoute: ['AIP_PREDICT_ROUTE', '/predict', route],
  storageUri: ['AIP_STORAGE_URI', '', storageUri],
  /** For trace links in the log; Vertex sets it. */
  project: ['AIP_PROJECT_NUMBER', '', anything],

  /** Which of Vertex's request limits apply: 1.5 MB on a shared endpoint, 10 MB on a dedicated one. */
  endpointType: ['SLIPWAY_ENDPOINT_TYPE', 'shared', oneOf('shared', 'dedicated')],
  /** Largest request and reply in bytes; 0: the limit of the endpoint type. */
  maxBodyBytes: ['SLIPWAY_MAX_BODY_BYTES', '0', whole(0, 1024 * MIB)],
  /** A request that has waited this long is answered 503. Shared endpoints give up after 60 s. */
  timeoutMs: ['SLIPWAY_TIMEOUT_MS', '60000', whole(1, 3_600_000)],

  batching: ['SLIPWAY_BATCHING', 'on', onOff],
  maxBatchRows: ['SLIPWAY_MAX_BATCH_ROWS', '256', whole(1, 65_536)],
  maxBatchBytes: ['SLIPWAY_MAX_BATCH_BYTES', String(4 * MIB), whole(1, 1024 * MIB)],
  /** How long a batch that is not full waits for more. 0: only until the event loop's turn is over. */
  batchWaitMs: ['SLIPWAY_BATCH_WAIT_MS', '0', whole(0, 1000)],
  modelThread: ['SLIPWAY_MODEL_THREAD', 'auto', oneOf('auto', 'main', 'worker')],
  intraOpThreads: ['SLIPWAY_INTRA_OP_THREADS', '1', whole(1, 256)],

  /** How many processes serve on the port; auto: by the model's cost, the cores and the memory (`processes/count.ts`). */
  processes: ['SLIPWAY_PROCESSES', 'auto', autoOr(whole(1, 64))],

  /** Bytes of bodies that may be received at once; small ones do not count. */
  maxBodiesBytes: ['SLIPWAY_MAX_BODIES_BYTES', String(256 * MIB), whole(1, 65_536 * MIB)],
  maxConnections: ['SLIPWAY_MAX_CONNECTIONS', '10000', whole(1, 1_000_000)],

  maxQueueRows: ['SLIPWAY_MAX_QUEUE_ROWS', '1000000', whole(1, 10_000_000)],
  maxQueueBytes: ['SLIPWAY_MAX_QUEUE_BYTES', String(64 * MIB), whole(1, 4096 * MIB)],
  /** Work that would wait longer than this is refused with 503. */
  maxQueueMs: ['SLIPWAY_MAX_QUEUE_MS', '5000', whole(1, 3_600_000)],
  /** An event loop that runs later than this refuses work with 503. */
  maxLoopLagMs: ['SLIPWAY_MAX_LOOP_LAG_MS', '1000', whole(1, 60_000)],

  /**
   * A run that takes longer ends the process: nobody waits for it any more, and it may have no end. 0: twice
   * `timeoutMs` and at least two minutes; in the trial, where a few rows run, `timeoutMs` and at least 30 s.
   */
  runTimeoutMs: ['SLIPWAY_RUN_TIMEOUT_MS', '0', whole(0, 24 * 3_600_000)],

  /** Loads and runs a model in a process of its own first; one that does not survive that is refused. */
  trial: ['SLIPWAY_TRIAL', 'on', onOff],
  /** How long that process may take altogether; `runTimeoutMs` bounds a single run in it. */
  trialTimeoutMs: ['SLIPWAY_TRIAL_TIMEOUT_MS', '600000', whole(1, 3_600_000)],
  golden: ['SLIPWAY_GOLDEN', 'on', onOff],
  goldenTolerance: ['SLIPWAY_GOLDEN_TOLERANCE', '0.0001', decimal],

  handler: ['SLIPWAY_HANDLER', '', anything],
  /** Of the service, as JSON: the engine writes it from slipway.yaml. Null: callers send what the model takes. */
  face: ['SLIPWAY_INTERFACE', '', json(readInterface)],
  /** Where the features of the service are, likewise. Null: it has none. */
  features: ['SLIPWAY_FEATURES', '', json(readFeatureSettings)],
  /** Where this version's stored predictions are, likewise. Null: the model answers all. */
  stored: ['SLIPWAY_STORED', '', json(readStoredSettings)],
  /** The public key of those who may ask what the features of a key are; '': nobody may. */
  reportKey: ['SLIPWAY_REPORT_KEY', '', anything],
  /** Reads `null` as NaN in floating-point inputs, for models that take missing values. */
  nullIsNaN: ['SLIPWAY_NULL_IS_NAN', 'off', onOff],
  /** After SIGTERM, how long requests must have stopped coming before the port closes. */
  drainQuietMs: ['SLIPWAY_DRAIN_QUIET_MS', '250', whole(0, 600_000)],
  drainTimeoutMs: ['SLIPWAY_DRAIN_TIMEOUT_MS', '60000', whole(0, 3_600_000)],
  accessLog: ['SLIPWAY_ACCESS_LOG', 'off', onOff],
  logLevel: ['SLIPWAY_LOG_LEVEL', 'info', oneOf('debug', 'info', 'warn', 'error', 'silent')],
} as const satisfies Record<string, readonly [string, string, Parse<unknown>]>;

export type Config = {
  readonly [Name in keyof typeof SETTINGS]: ReturnType<(typeof SETTINGS)[Name][2]>;
};

/**
 * In a batch nobody waits at the other end of a request but Vertex AI, for ten minutes: a request refused for being
 * late costs its rows.
 */
const IN_BATCH: Readonly<Record<string, string>> = {
  timeoutMs: '570000',
  maxQueueMs: '540000',
  maxLoopLagMs: '60000',
  maxQueueBytes: String(256 * MIB),
};

/** Reads the configuration. Throws a ConfigError that lists every problem. */
export function readConfig(env: Environment): Config {
  const problems: string[] = [];
  const inBatch = answersBatch({
    ownEndpointId: env['SLIPWAY_ENDPOINT_ID'] ?? '',
    endpointId: env['AIP_ENDPOINT_ID'] ?? '',
    deployedModelId: env['AIP_DEPLOYED_MODEL_ID'] ?? '',
  });
  const values = Object.entries(SETTINGS).map(([name, [variable, usual, parse]]) => {
    const given = env[variable];
    const fallback = inBatch ? (IN_BATCH[name] ?? usual) : usual;
    const text = given === undefined || given === '' ? fallback : given;
    try {
      return [name, parse(text, (what) => new Error(`${variable}: expected ${what}, got "${text}"`))];
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      return [name, undefined];
    }
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every name of the table got its parser's value
  const config = Object.fromEntries(values) as Config;
  if (config.storageUri === '')
    problems.push('AIP_STORAGE_URI: expected a gs:// or file:// URI, got nothing');
  if (config.healthRoute === config.predictRoute) {
    problems.push(
      `AIP_HEALTH_ROUTE and AIP_PREDICT_ROUTE: expected two routes, got "${config.healthRoute}" twice`,
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** True if callers send what the interface says, or keys, and not what the model takes. */
export function isMapped({ face, features }: Config): boolean {
  return face !== null || features !== null;
}

/** Ten digits, as Slipway chooses them. Vertex AI's own IDs are longer. */
const OWN_DEPLOYED_MODEL = /^\d{10}$/;

/**
 * Whether the container runs for a batch prediction job. A model's variables are the same there as on an endpoint;
 * what differs is where it runs: not on the endpoint it was uploaded for, nor as a model that Slipway has deployed.
 * Either proves an endpoint, since callers of one must not be answered as a batch is.
 */
export function answersBatch({
  ownEndpointId,
  endpointId,
  deployedModelId,
}: Pick<Config, 'ownEndpointId' | 'endpointId' | 'deployedModelId'>): boolean {
  if (ownEndpointId === '' || endpointId === ownEndpointId) return false;
  return !OWN_DEPLOYED_MODEL.test(deployedModelId);
}

/** Largest request and reply in bytes. https://cloud.google.com/vertex-ai/docs/predictions/choose-endpoint-type */
export function bodyLimit(config: Config): number {
  if (config.maxBodyBytes > 0) return config.maxBodyBytes;
  if (answersBatch(config)) return 128 * MIB;
  return config.endpointType === 'shared' ? 1.5 * MIB : 10 * MIB;
}

// A handler may make little of much: the model's answer to it is no reply yet.
const HANDLED = 8;

/** The largest answer of the model in bytes. */
export function answerLimit(config: Config): number {
  return config.handler === '' ? bodyLimit(config) : HANDLED * bodyLimit(config);
}

/** Milliseconds after which a run ends the process. */
export function runLimit(config: Config): number {
  return config.runTimeoutMs > 0 ? config.runTimeoutMs : Math.max(2 * config.timeoutMs, 120_000);
}

/** Milliseconds a run may take in the trial. A row that takes longer than a request waits could never be answered. */
export function trialRunLimit(config: Config): number {
  return config.runTimeoutMs > 0 ? config.runTimeoutMs : Math.max(config.timeoutMs, 30_000);
}

// Routes the server has of its own; Vertex's must not hide them.
const OWN_ROUTES = ['/metrics', '/contract', '/openapi.json'];

function route(text: string, expected: (what: string) => Error): string {
  if (!/^\/[\w.~:@!$&'()+,;=%/-]*$/.test(text)) throw expected('a path that starts with /');
  if (OWN_ROUTES.includes(text)) throw expected(`a path other than ${OWN_ROUTES.join(', ')}`);
  return text;
}

function storageUri(text: string, expected: (what: string) => Error): string {
  if (text !== '' && !/^gs:\/\/[a-z0-9][\w.-]+(\/|$)|^file:\/\/\//.test(text)) {
    throw expected('gs://BUCKET/FOLDER or file:///FOLDER');
  }
  return text;
}

function whole(min: number, max: number): Parse<number> {
  return (text, expected) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw expected(`a whole number from ${min} to ${max}`);
    }
    return value;
  };
}

function autoOr(parse: Parse<number>): Parse<number | 'auto'> {
  return (text, expected) => (text === 'auto' ? 'auto' : parse(text, (what) => expected(`auto or ${what}`)));
}

function decimal(text: string, expected: (what: string) => Error): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw expected('a number that is not negative');
  return value;
}

function onOff(text: string, expected: (what: string) => Error): boolean {
  if (text !== 'on' && text !== 'off') throw expected('on or off');
  return text === 'on';
}

function oneOf<const T extends string>(...allowed: T[]): Parse<T> {
  return (text, expected) => {
    const found = allowed.find((value) => value === text);
    if (found === undefined) throw expected(allowed.join(', '));
    return found;
  };
}

/** `read` throws an Error whose message says what it expected. */
function json<T>(read: (text: string) => T): Parse<T | null> {
  return (text, expected) => {
    if (text === '') return null;
    try {
      return read(text);
    } catch (error) {
      throw expected(error instanceof Error ? error.message.replace(/^expected /, '') : String(error));
    }
  };
}

function anything(text: string): string {
  return text;
}
