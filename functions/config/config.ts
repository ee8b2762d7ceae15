/**
 * slipway.yaml and the environment → Config. Every problem is reported at once, with its path and what was
 * expected there.
 *
 * Environment: SLIPWAY_CONFIG (path of the file, default slipway.yaml), SLIPWAY_IMAGES (JSON object: an image as
 * written in the file → the reference to deploy, pinned by digest), SLIPWAY_TICK_BUDGET_SECONDS (how long one
 * invocation works before it hands over, default 450), SLIPWAY_INSTANCES (how many processes share the region's
 * quotas of Vertex AI, default 1), SLIPWAY_KMS_KEY and SLIPWAY_LABELS (config-marks.ts), SLIPWAY_LOCAL_FEATURES
 * (common/local-features.ts).
 */
import { readFileSync } from 'node:fs';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { Interface } from '../../common/artifact/interface.ts';
import { LOCAL_FEATURES_VARIABLE } from '../../common/local-features.ts';
import { DEFAULT_TOPICS, type Topics } from '../../common/wiring.ts';
import { parseBatch, type Batch } from './batch.ts';
import { checkBatches } from './batch-together.ts';
import type { EndpointSettings } from './deployment.ts';
import { endpointName, parseEndpoint } from './endpoint.ts';
import { ConfigSchema, ServiceSchema, type ServiceFile } from './schema.ts';
import { checkNames, describeConfigErrors, lineOf } from './errors.ts';
import { parseFeatures, type FeatureConfig, type Place } from './features.ts';
import { parseInterface } from './interface.ts';
import { parseKmsKey, parseLabels } from './marks.ts';
import { checkRegions, regionOf } from './region.ts';
import { parseParking, type ParkingRules } from './parking.ts';
import { parseRollout, type Rollout } from './rollout.ts';
import { overlap, overlapOfTwo, parsePatterns, patternsOf, type ArtifactPattern } from './pattern.ts';
import { parseServing, type Serving } from './serving.ts';

/** One prediction API: where its artifacts land, the image that serves them, its endpoint, its rollout policy. */
export interface Service {
  readonly name: string;
  /** Where its endpoint, its models and its jobs are. */
  readonly region: string;
  /** The same as Vertex AI has it: `projects/PROJECT/locations/REGION`. */
  readonly parent: string;
  readonly artifacts: ArtifactPattern;
  readonly image: string;
  /** Further projects whose models of the Vertex AI registry may be released. */
  readonly registry: readonly string[];
  /** Display name of the endpoint. */
  readonly endpoint: string;
  readonly endpointSettings: EndpointSettings;
  /** Of its models and its endpoint. */
  readonly labels: ReadonlyMap<string, string>;
  /** What callers send and get; null: what the live model takes and gives. */
  readonly interface: Interface | null;
  /** Where the predictor finds features by key; null: nowhere. Never without an interface. */
  readonly features: FeatureConfig | null;
  readonly serving: Serving;
  readonly parking: ParkingRules;
  readonly rollout: Rollout;
  /** Null: the service answers nothing in batch. */
  readonly batch: Batch | null;
  readonly keepVersions: number;
}

export interface Config {
  readonly project: string;
  /** Of the functions, and of the services that have none of their own. */
  readonly region: string;
  readonly stateBucket: string;
  readonly topics: Topics;
  readonly services: ReadonlyMap<string, Service>;
  readonly tickBudgetMs: number;
  /** How many processes share the quotas of a region. */
  readonly instances: number;
  /** The Cloud KMS key of what is made on Vertex AI; null: keys of Google's. */
  readonly kmsKey: string | null;
  /** Of models, their versions, and endpoints that are made on Vertex AI, beside Slipway's own. */
  readonly labels: ReadonlyMap<string, string>;
  /** The command that stands in for an image on the local stack. */
  readonly localImages: ReadonlyMap<string, readonly string[]>;
}

/** The configuration cannot be used. `problems` lists everything that is wrong with it; the message has lines too. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(
    source: string,
    problems: readonly string[],
    options?: ErrorOptions & { lineOf?: (problem: string) => number | null },
  ) {
    const told = problems.map((problem) => {
      const line = options?.lineOf?.(problem) ?? null;
      return line === null ? `  - ${problem}` : `  - line ${line}: ${problem}`;
    });
    super(`${source}: ${problems.length} problem(s)\n${told.join('\n')}`, options);
    this.problems = problems;
  }
}

const configFile = Compile(ConfigSchema);
const serviceFile = Compile(ServiceSchema);
const imagesVariable = Compile(Type.Record(Type.String(), Type.String()));

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and checks the configuration. Throws a ConfigError that lists every problem. */
export function loadConfig(env: Environment = process.env): Config {
  const path = env['SLIPWAY_CONFIG'] ?? 'slipway.yaml';
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(path, ['the file cannot be read; set SLIPWAY_CONFIG to its path'], { cause });
  }
  return parseConfig(text, env, path);
}

export function parseConfig(text: string, env: Environment = {}, source = 'slipway.yaml'): Config {
  const counter = new LineCounter();
  const { document, file } = readYaml(text, counter, source);
  const problems = configFile.Check(file) ? [] : describeConfigErrors(configFile.Errors(file), file);
  checkNames(file, problems);
  const images = parseImages(env['SLIPWAY_IMAGES'], problems);
  const tickBudgetMs =
    1000 *
    parseWhole(
      env,
      'SLIPWAY_TICK_BUDGET_SECONDS',
      { unit: 'whole seconds', from: 5, to: 3000, default: 450 },
      problems,
    );
  const instances = parseWhole(
    env,
    'SLIPWAY_INSTANCES',
    { unit: 'a whole number', from: 1, to: 60, default: 1 },
    problems,
  );
  const kmsKey = parseKmsKey(env['SLIPWAY_KMS_KEY'], regionOf(file), problems);
  const labels = parseLabels(env['SLIPWAY_LABELS'], problems);
  const services = new Map<string, Service>();
  for (const [name, service] of servicesOf(file)) {
    const parsed = toService(name, service, { images, ...placeOf(file, env) }, problems);
    if (parsed !== null) services.set(name, parsed);
  }
  checkRegions(regionOf(file), kmsKey, services, problems);
  checkTogether(file, services, problems);
  if (problems.length > 0 || !configFile.Check(file)) {
    throw new ConfigError(source, problems, { lineOf: (problem) => lineOf(problem, document, counter) });
  }

  return {
    project: file.project,
    region: file.region,
    stateBucket: file.state,
    topics: { ...DEFAULT_TOPICS, ...file.topics },
    services,
    tickBudgetMs,
    instances,
    kmsKey,
    labels,
    localImages: new Map(Object.entries(file.local?.images ?? {})),
  };
}

function readYaml(
  text: string,
  lineCounter: LineCounter,
  source: string,
): { document: Document; file: unknown } {
  try {
    const document = parseDocument(text, { lineCounter });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    // No aliases: a file of this size needs none, and they can be made to explode.
    const file: unknown = document.toJS({ maxAliasCount: 0 });
    return { document, file };
  } catch (cause) {
    const where = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new ConfigError(source, [`expected YAML: ${where}`], { cause });
  }
}

/** The services that are well formed, even if not all of the file is: what is wrong with them is told too. */
function servicesOf(file: unknown): Map<string, ServiceFile> {
  const found: unknown = Reflect.get(Object(file), 'services');
  const services = new Map<string, ServiceFile>();
  for (const [name, service] of Object.entries<unknown>(Object(found))) {
    if (serviceFile.Check(service)) services.set(name, service);
  }
  return services;
}

function toService(
  name: string,
  file: ServiceFile,
  { images, ...common }: Place & { readonly images: ReadonlyMap<string, string> },
  problems: string[],
): Service | null {
  const place = { ...common, region: file.region ?? common.region };
  const serving = parseServing(name, file, place.region, problems);
  const isSignal = file.marker === undefined ? undefined : file.marker === 'signal';
  const artifacts = parsePatterns(file.artifacts, isSignal);
  if (typeof artifacts === 'string') return null;
  return {
    name,
    region: place.region,
    parent: `projects/${place.project}/locations/${place.region}`,
    artifacts,
    image: images.get(file.image) ?? file.image,
    registry: file.registry ?? [],
    endpoint: endpointName(file),
    endpointSettings: parseEndpoint(name, file, problems),
    labels: new Map(Object.entries(file.labels ?? {})),
    interface: parseInterface(name, file, problems),
    features: parseFeatures(name, file.features, file.interface?.request, place, problems),
    serving,
    parking: parseParking(name, file.serving, problems),
    rollout: parseRollout(name, file.rollout ?? {}, file.features !== undefined, problems),
    batch:
      file.batch === undefined
        ? null
        : parseBatch(name, file.batch, serving, { ...file, isLocal: place.localBucket !== null }, problems),
    keepVersions: file.keepVersions ?? 5,
  };
}

/** What no service can see alone: two of them must not claim one object, one endpoint, or the state bucket. */
function checkTogether(file: unknown, services: ReadonlyMap<string, Service>, problems: string[]): void {
  const state: unknown = Reflect.get(Object(file), 'state');
  checkBatches(state, services, problems);
  const all = [...services.values()];
  for (const [i, service] of all.entries()) {
    const patterns = patternsOf(service.artifacts);
    for (const { bucket } of patterns) {
      if (bucket !== state) continue;
      problems.push(
        `services.${service.name}.artifacts: expected another bucket than the state bucket, got ${bucket}`,
      );
    }
    if (patterns.some((one, j) => patterns.slice(j + 1).some((other) => overlapOfTwo(one, other)))) {
      problems.push(`services.${service.name}.artifacts: expected patterns without a marker in common`);
    }
    for (const other of all.slice(i + 1)) {
      if (other.endpoint === service.endpoint) {
        problems.push(
          `services.${other.name}.endpoint: expected an endpoint of its own, got that of ${service.name}`,
        );
      }
      if (overlap(service.artifacts, other.artifacts)) {
        problems.push(
          `services.${other.name}.artifacts: expected artifacts of its own, got some of ${service.name}`,
        );
      }
    }
  }
}

function placeOf(file: unknown, env: Environment): Place {
  const project = String(Reflect.get(Object(file), 'project'));
  return { project, region: regionOf(file) ?? '', localBucket: env[LOCAL_FEATURES_VARIABLE] ?? null };
}

function parseImages(text: string | undefined, problems: string[]): ReadonlyMap<string, string> {
  if (text === undefined || text === '') return new Map();
  try {
    const value: unknown = JSON.parse(text);
    if (imagesVariable.Check(value)) return new Map(Object.entries(value));
  } catch {
    // Reported below, with the other ways in which it can be wrong.
  }
  problems.push('SLIPWAY_IMAGES: expected a JSON object from image to pinned image');
  return new Map();
}

function parseWhole(
  env: Environment,
  name: string,
  range: { unit: string; from: number; to: number; default: number },
  problems: string[],
): number {
  const text = env[name];
  if (text === undefined || text === '') return range.default;
  const value = Number(text);
  if (Number.isInteger(value) && value >= range.from && value <= range.to) return value;
  problems.push(`${name}: expected ${range.unit} from ${range.from} to ${range.to}`);
  return range.default;
}
