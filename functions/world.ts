/**
 * Everything the engine needs from outside, on one page. `functions/google/` implements it with the official
 * clients; the simulation implements it on virtual time. Every method rejects with a CallError and nothing else.
 */
import type { Schemata } from '../common/artifact/schemata.ts';
import type {
  Container,
  EndpointChange,
  EndpointFacts,
  EndpointSettings,
  Machines,
  Scale,
  ScaleField,
} from './config/deployment.ts';
import type { Status } from './errors.ts';
import type { Pipelines } from './pipelines-world.ts';

/** Milliseconds since the Unix epoch. */
export type Instant = number;

export interface World {
  readonly vertex: Vertex;
  readonly ledgers: Ledgers;
  readonly artifacts: Artifacts;
  readonly bus: Bus;
  readonly monitoring: Monitoring;
  readonly logs: Logs;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What intake works with: it writes ledgers and publishes ticks. No model and no endpoint is in its reach. */
export type IntakeWorld = Pick<World, 'ledgers' | 'artifacts' | 'bus' | 'clock' | 'random'>;

/** What the intake of requests works with: a message may name a pipeline job. */
export interface RequestWorld extends IntakeWorld {
  readonly vertex: Pipelines;
}

export interface Clock {
  now(): Instant;
  sleep(ms: number): Promise<void>;
}

/** One object per service. Written only by compare-and-swap on the object's generation. */
export interface Ledgers {
  read(service: string): Promise<{ text: string; generation: string; updatedAt: Instant } | null>;
  /**
   * Writes if the object's generation is still `generation` ('0': there is none) and returns the new one.
   * Rejects with FAILED_PRECONDITION when it is not, even if that is because our own lost write had won.
   */
  write(service: string, text: string, generation: string): Promise<string>;
}

/** One object as Cloud Storage describes it. `generation` is an int64 and therefore a string. */
export interface StoredObject {
  readonly bucket: string;
  readonly name: string;
  readonly generation: string;
  readonly createdAt: Instant;
  /** In bytes, as they are stored. */
  readonly size: number;
  /**
   * What Cloud Storage says the stored bytes hash to, with its name: `crc32c:` or, where that is missing, `md5:`, and
   * base64. With the size it tells whether two generations of a name hold the same. Null: not told, or the object is
   * empty, as every `_SUCCESS` is whatever it stands for.
   */
  readonly checksum: string | null;
  /** How the stored bytes are encoded, such as `gzip`; null: they are the content itself. */
  readonly contentEncoding: string | null;
}

/** How the reading of all of an object ended: with its SHA-256 in lower-case hex, or without one. */
export type Digest =
  | { readonly ended: 'read'; readonly sha256: string }
  /** That generation is not there any more. */
  | { readonly ended: 'gone' }
  /** The time was up before its last byte. */
  | { readonly ended: 'late' };

/** What is read here are the bytes as they are stored: nothing is unpacked. */
export interface Artifacts {
  /** The live object of that name, or null. */
  head(bucket: string, name: string): Promise<StoredObject | null>;
  /**
   * The live objects whose names start with `prefix` and match `glob`, page by page. In a glob `*` and `?` stand for
   * any characters, and one, that are no `/`. A page may be empty.
   */
  list(bucket: string, prefix: string, glob: string): AsyncIterable<readonly StoredObject[]>;
  /** The text of one generation, or null if it is gone or larger than `maxBytes`. */
  read(object: StoredObject, maxBytes: number): Promise<string | null>;
  /**
   * Bytes `start` up to and without `end` of one generation, fewer at its end; null if it is gone. They may lie in
   * `into`, where it has the room for them.
   */
  readRange(object: StoredObject, start: number, end: number, into?: Uint8Array): Promise<Uint8Array | null>;
  /** Reads all of one generation, until that time at most. */
  sha256(object: StoredObject, until: Instant): Promise<Digest>;
}

export type Topic = 'requests' | 'ticks' | 'events';

export interface Bus {
  /** Resolves once the broker has accepted the message. */
  publish(topic: Topic, data: unknown, attributes?: Record<string, string>): Promise<void>;
}

/** A long-running operation. Done without an error is not yet success: the resource has to be seen. */
export interface Operation {
  readonly name: string;
  readonly done: boolean;
  readonly error: { readonly status: Status; readonly message: string } | null;
  /** Vertex's deployment stage, such as STARTING_MODEL_SERVER, where it tells. */
  readonly stage: string | null;
  /** How long it ran by Google's own clock, in ms, of one that is done; null where that is not known. */
  readonly tookMs: number | null;
}

/** A DeployModel operation. */
export interface Deployment extends Operation {
  /** What it deployed; Vertex tells that only of one that has succeeded. */
  readonly deployedModel: string | null;
}

export interface ModelVersion {
  /** `projects/…/models/ID`, without `@version`. */
  readonly model: string;
  readonly version: string;
  /** What its release wrote there: the artifact's URI and generation. */
  readonly description: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly aliases: readonly string[];
  readonly createdAt: Instant;
}

/** What a release needs to know of a version that Slipway did not upload. */
export interface RegistryModel {
  readonly version: ModelVersion;
  /** Whether it has a container that runs on machines of its own. */
  readonly isDeployable: boolean;
  /** The folder that it was made from, as its uploader named it: `gs://…`, or empty. */
  readonly artifactUri: string;
}

export interface DeployedModel {
  /** One to ten digits, chosen by its deployer. */
  readonly id: string;
  /** `projects/…/models/ID`, without `@version`. */
  readonly model: string;
  readonly version: string;
  readonly displayName: string;
  /** Absent: it has no machines of its own. */
  readonly scale?: Scale;
}

export interface Endpoint {
  /** `projects/…/locations/…/endpoints/ID`. */
  readonly name: string;
  readonly displayName: string;
  readonly etag: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly deployedModels: readonly DeployedModel[];
  /** Deployed model id → percent. Empty: the endpoint serves nothing. */
  readonly traffic: ReadonlyMap<string, number>;
  /** The host that alone answers predictions of a dedicated endpoint; null: the shared host of the region does. */
  readonly dedicatedDns: string | null;
  /** Whether predictions are answered inside a network alone (Private Service Connect, VPC peering): not to us. */
  readonly isPrivate: boolean;
  /** Absent: not looked at. */
  readonly facts?: EndpointFacts;
}

/** What an endpoint answered, and which of its models did. */
export interface Answer {
  readonly deployedModel: string;
  readonly predictions: readonly unknown[];
}

/** What a deployed model has served in a stretch of time. */
export interface Served {
  readonly requests: number;
  readonly errors: number;
  /** 95th percentile of the time to answer, in ms; null where there is none. */
  readonly p95Ms: number | null;
}

/** Cloud Monitoring. What has just been served shows minutes later. */
export interface Monitoring {
  /** By deployed model id; what has served nothing is left out. */
  served(endpoint: string, from: Instant, to: Instant): Promise<ReadonlyMap<string, Served>>;
}

/** Cloud Logging. */
export interface Logs {
  /** The last lines, 60 at most, that the container of a deployed model has written since then, oldest first. */
  tail(endpoint: string, deployedModel: string, since: Instant): Promise<readonly string[]>;
}

/** What a model version is made from. */
export interface UploadRequest extends Container {
  /** `projects/…/locations/…`. */
  readonly parent: string;
  readonly modelId: string;
  readonly displayName: string;
  readonly description: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly artifactUri: string;
  readonly image: string;
  readonly env: ReadonlyMap<string, string>;
  /** Null: the service has no interface, and its model says itself what it takes. */
  readonly schemata: Schemata | null;
}

/** A version of the registry that is copied into another region, as version 1 of a model of its own. */
export interface CopyRequest extends Pick<UploadRequest, 'parent' | 'modelId'> {
  /** `projects/…/models/ID@VERSION`. */
  readonly source: string;
}

export interface DeployRequest extends Machines {
  readonly endpoint: string;
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly displayName: string;
}

/** Vertex AI's model registry. Methods that start an operation return its name. */
export interface Models {
  /** All versions of the model of that full name, newest first; none if there is no such model. */
  listVersions(model: string): Promise<ModelVersion[]>;
  /** The version of the model of that full name, also in another project; null if there is none. */
  getVersion(model: string, version: string): Promise<RegistryModel | null>;
  /** Uploads a new version; the model itself is made by its first one. */
  upload(request: UploadRequest): Promise<string>;
  /** Rejects with ALREADY_EXISTS if there is a model of that ID, which an earlier copy may have made. */
  copy(request: CopyRequest): Promise<string>;
  /** Moves these aliases to the version. */
  moveAliases(model: string, version: string, aliases: readonly string[]): Promise<void>;
  deleteVersion(model: string, version: string): Promise<string>;
}

/** Vertex AI's endpoints. Methods that start an operation return its name. */
export interface Endpoints {
  /** Those of a `projects/…/locations/…`. */
  findEndpoints(parent: string, displayName: string): Promise<Endpoint[]>;
  getEndpoint(name: string): Promise<Endpoint | null>;
  createEndpoint(
    parent: string,
    id: string,
    displayName: string,
    labels: ReadonlyMap<string, string>,
    settings?: EndpointSettings,
  ): Promise<string>;
  /** Writes what callers do not notice but in their own requests; resolves once Vertex AI has taken it. */
  configureEndpoint(endpoint: string, change: EndpointChange): Promise<void>;
  /**
   * Writes traffic and labels in one request that fails (ABORTED or FAILED_PRECONDITION) if the endpoint has
   * changed since it was read. Without `traffic` only the labels are written.
   */
  updateEndpoint(
    seen: Endpoint,
    change: { traffic?: ReadonlyMap<string, number>; labels: ReadonlyMap<string, string> },
  ): Promise<void>;
  /** Deploys with no traffic. */
  deploy(request: DeployRequest): Promise<string>;
  /** Undeploys a model that has no traffic; Vertex refuses if it has. */
  undeploy(endpoint: string, id: string): Promise<string>;
  /** Gives these fields of a deployed model the values of `scale`. */
  mutate(endpoint: string, id: string, scale: Scale, fields: readonly ScaleField[]): Promise<string>;
}

export interface Predictions {
  /**
   * Asks for predictions, at the endpoint's own host if it has one. The traffic split chooses which model answers: no
   * request can (prediction_service.proto). Rejects with FAILED_PRECONDITION for a private endpoint.
   */
  predict(endpoint: string, instances: readonly unknown[], parameters?: object): Promise<Answer>;
}

/** Vertex AI's long-running operations. */
export interface Operations {
  /** The deployments on an endpoint that Vertex still knows of: how one whose reply was lost is found again. */
  listDeployments(endpoint: string): Promise<readonly Deployment[]>;
  /** The operation, or null if Vertex no longer knows it. */
  getOperation(name: string): Promise<Operation | null>;
}

/** All that Slipway asks of Vertex AI. What needs only a part of it takes that part. */
export interface Vertex extends Models, Endpoints, Predictions, Operations, Pipelines {}
