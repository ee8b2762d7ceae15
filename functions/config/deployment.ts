/** What a model is deployed with: its container, its probes, its machines. */

export interface Accelerator {
  readonly type: string;
  readonly count: number;
  /** Of a GPU, such as `1g.10gb`. */
  readonly partition?: string;
}

/** Targets; null: Vertex AI's own, which is 60 % of the CPU and of the accelerators. */
export interface Autoscaling {
  /** Percent. */
  readonly cpu: number | null;
  /** Percent of the duty cycle. */
  readonly accelerator: number | null;
  /** Of each replica. */
  readonly requestsPerMinute: number | null;
}

/** `any`, `none`, or the resource name of one. */
export type Reservation = string;

/** What a container is started with and asked for, beside its image and environment. Null: Vertex AI's own choice. */
export interface Container {
  /** Empty: the image's ENTRYPOINT. */
  readonly command: readonly string[];
  /** Empty: the image's CMD. */
  readonly args: readonly string[];
  readonly port: number;
  readonly grpcPort: number | null;
  /** Null where `invokeRoutePrefix` is set. */
  readonly predictRoute: string | null;
  readonly healthRoute: string;
  readonly invokeRoutePrefix: string | null;
  readonly deploymentTimeoutMs: number | null;
  readonly sharedMemoryMb: number | null;
  readonly probes: Probes;
}

/** The replicas of a deployed model, and what of them is logged. */
export interface Machines {
  readonly machineType: string;
  readonly accelerator: Accelerator | null;
  readonly tpuTopology: string | null;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Null: all of `minReplicas`. */
  readonly requiredReplicas: number | null;
  readonly autoscaling: Autoscaling;
  readonly spot: boolean;
  readonly reservation: Reservation | null;
  /** Whether the container's output goes to Cloud Logging. */
  readonly containerLogging: boolean;
  /** Whether each request leaves a line in Cloud Logging. */
  readonly accessLogging: boolean;
  readonly serviceAccount: string | null;
}

/** What of a deployed model MutateDeployedModel can change (endpoint_service.proto). */
export type Scale = Pick<
  Machines,
  'minReplicas' | 'maxReplicas' | 'requiredReplicas' | 'autoscaling' | 'containerLogging'
>;

/** The fields of it that are compared, in the order in which people are told of them. */
export const SCALE_FIELDS = ['minReplicas', 'maxReplicas', 'autoscaling', 'containerLogging'] as const;

export type ScaleField = (typeof SCALE_FIELDS)[number];

export type ProbeAction =
  | {
      readonly kind: 'http';
      readonly path: string;
      readonly port: number;
      readonly headers: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'grpc'; readonly port: number; readonly service: string | null }
  | { readonly kind: 'exec'; readonly command: readonly string[] };

/** Null: the default of Kubernetes, which Vertex AI takes over (model.proto, Probe). */
export interface Probe {
  readonly action: ProbeAction;
  readonly periodSeconds: number | null;
  readonly timeoutSeconds: number | null;
  readonly failureThreshold: number | null;
  readonly successThreshold: number | null;
  readonly initialDelaySeconds: number | null;
}

/** Null: Vertex AI's own, or none of `startup`. */
export interface Probes {
  readonly startup: Probe | null;
  readonly health: Probe | null;
  readonly liveness: Probe | null;
}

/** What slipway.yaml says of an endpoint; null: nothing. */
export interface EndpointSettings {
  /** Fixed when the endpoint is made. */
  readonly dedicated: boolean | null;
  readonly timeoutMs: number | null;
  readonly requestLogging: RequestLogging | null;
  /** The projects that may connect. Fixed when the endpoint is made. */
  readonly privateServiceConnect: readonly string[] | null;
}

/** What an endpoint is, of what slipway.yaml can say. */
export interface EndpointFacts {
  readonly dedicated: boolean;
  /** Null: Vertex AI's own. */
  readonly timeoutMs: number | null;
  /** Null: none was ever configured. */
  readonly requestLogging: RequestLogging | null;
  /** Null: it is public, or in a peered network. */
  readonly privateServiceConnect: readonly string[] | null;
  /** The Cloud KMS key; null: a key of Google's. */
  readonly kmsKey: string | null;
}

/** What of an endpoint is written after it was made. */
export type EndpointChange = Partial<Pick<EndpointSettings, 'timeoutMs' | 'requestLogging'>>;

export interface RequestLogging {
  readonly enabled: boolean;
  /** `bq://PROJECT[.DATASET[.TABLE]]`. */
  readonly table: string;
  /** Above 0, up to 1. */
  readonly sample: number;
}
