/**
 * The emulator: Cloud Storage, Pub/Sub, Vertex AI and what it leaves in Cloud Monitoring and
 * Cloud Logging, in one process behind one port, which takes HTTP/1.1 and gRPC without TLS. It asks for
 * no credentials and listens on the loopback address unless told otherwise.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';

import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import Fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { pino } from 'pino';
import type { Logger } from 'pino';

import { adminRoutes } from './admin.ts';
import { wallClock } from './core/clock.ts';
import type { Clock } from './core/clock.ts';
import { ApiError, asApiError } from './core/errors.ts';
import { disturb, Faults } from './core/faults.ts';
import type { Fault } from './core/faults.ts';
import { guard, overrideMethod } from './front.ts';
import { ownHostsOnly } from './grpc/front-grpc.ts';
import { bridge } from './grpc/grpc.ts';
import type { GrpcService } from './grpc/grpc.ts';
import { loggingRoutes } from './logging/routes.ts';
import { monitoringRoutes } from './monitoring/routes.ts';
import { Operations } from './core/operations.ts';
import { openPort } from './core/port.ts';
import type { ProtoSource } from './grpc/protos.ts';
import { Broker } from './pubsub/broker.ts';
import type { Disturb } from './pubsub/disturbance.ts';
import { pubsubGrpc } from './pubsub/grpc.ts';
import { deliverNotifications } from './pubsub/notifications.ts';
import { pubsubRoutes } from './pubsub/routes.ts';
import { seededRandom } from './core/random.ts';
import { storageRoutes } from './storage/routes.ts';
import { Store } from './storage/store.ts';
import { artifactStore } from './vertex/artifacts.ts';
import { batchFiles } from './vertex/batch/files.ts';
import type { Behaviour } from './vertex/behaviour.ts';
import type { ContainerRuntime } from './vertex/container.ts';
import type { Durations } from './vertex/durations.ts';
import { Processes } from './vertex/processes.ts';
import type { ImageCommand } from './vertex/processes.ts';
import { vertexRoutes } from './vertex/routes.ts';
import { Vertex } from './vertex/vertex.ts';

export interface EmulatorOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Names that requests may come by besides those of this machine (`localhost`, `127.0.0.1`, …). */
  readonly hostNames?: readonly string[];
  /** Default: the wall clock. Deployed models are real processes and live in real time all the same. */
  readonly clock?: Clock;
  /** Everything random follows from it. Default 1. */
  readonly seed?: number;
  /** Where Cloud Storage keeps its objects. Default: in memory. */
  readonly dataDir?: string;
  /** How long Vertex AI's operations take at least, in seconds. */
  readonly operations?: Partial<Durations>;
  readonly behaviour?: Partial<Behaviour>;
  readonly faults?: readonly Fault[];
  /** The key that signs the tokens of pushes, for the receivers that check them. Default: a random one. */
  readonly pushSecret?: string;
  /** What Pub/Sub does to messages on their way; by default nothing. */
  readonly disturb?: Disturb;
  /** What runs in place of each container image. */
  readonly images?: ReadonlyMap<string, ImageCommand>;
  /** Instead of child processes by `images`. */
  readonly runtime?: ContainerRuntime;
  /** Default: warnings and errors to standard error. */
  readonly log?: Logger;
}

export interface Emulator {
  /** `http://HOST:PORT`. */
  readonly url: string;
  readonly port: number;
  readonly clock: Clock;
  readonly store: Store;
  readonly broker: Broker;
  readonly vertex: Vertex;
  readonly operations: Operations;
  readonly faults: Faults;
  /** Ends every child process, operation and connection. */
  close(): Promise<void>;
}

type ConnectionInjector = ReturnType<GrpcServer['createConnectionInjector']>;

/** Above the client libraries' idle times: they do not retry a request on a connection that was closed. */
const keepAliveTimeoutMs = 600_000;
const bodyLimit = 1024 ** 3;

const vertexProtos: ProtoSource = {
  module: '@google-cloud/aiplatform/build/protos/protos.json',
  package: 'google.cloud.aiplatform.v1',
  services: [
    'ModelService',
    'EndpointService',
    'PredictionService',
    'PipelineService',
    'JobService',
    'FeatureOnlineStoreAdminService',
    'FeatureOnlineStoreService',
  ],
};

/** Resolves when the port is open. Rejects when it is taken. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const {
    host = '127.0.0.1',
    clock = wallClock(),
    seed = 1,
    images = new Map<string, ImageCommand>(),
  } = options;
  const log = options.log ?? pino({ name: 'emulator', level: 'warn' }, pino.destination(2));
  let port = options.port ?? 0;
  const url = (): string => `http://${host}:${port}`;

  const store = new Store({
    clock,
    baseUrl: url,
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
  });
  const broker = new Broker({
    clock,
    random: seededRandom(seed + 10),
    log,
    pushSecret: options.pushSecret ?? randomUUID(),
    ...(options.disturb === undefined ? {} : { disturb: options.disturb }),
  });
  deliverNotifications(store, broker, log);
  const operations = new Operations({ clock, random: seededRandom(seed + 20) });
  const vertex = new Vertex({
    clock,
    operations,
    artifacts: artifactStore(store),
    files: batchFiles(store),
    runtime: options.runtime ?? new Processes({ clock, images }),
    storageHost: url,
    seed,
    durations: options.operations ?? {},
    behaviour: options.behaviour ?? {},
  });
  const faults = new Faults({ clock, random: seededRandom(seed + 30) });
  for (const fault of options.faults ?? []) faults.add(fault);

  const hostNames = new Set([host, ...(options.hostNames ?? [])].map((name) => name.toLowerCase()));
  const loggerInstance: FastifyBaseLogger = log;
  const app = Fastify({
    bodyLimit,
    keepAliveTimeout: keepAliveTimeoutMs,
    routerOptions: { maxParamLength: 2048 },
    // Called before a request is routed, which is when its method still can be another one.
    rewriteUrl(request) {
      overrideMethod(request);
      return request.url ?? '';
    },
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
  });
  guard(app, hostNames);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(refuseUnknown);
  await app.register(adminRoutes(faults, vertex));
  await app.register(async (services) => {
    disturb(services, faults, { clock, operations });
    await services.register(vertexRoutes(vertex));
    const { logs, traffic } = vertex;
    await services.register(monitoringRoutes({ clock, traffic, lagMs: () => vertex.behaviour.metricsLagMs }));
    await services.register(loggingRoutes({ clock, logs, lagMs: () => vertex.behaviour.logsLagMs }));
    await services.register(pubsubRoutes(broker));
    await services.register(storageRoutes(store, { baseUrl: url }));
  });
  await app.ready();
  const grpc = lazyGrpc(
    async () => [...(await bridge(app, [vertexProtos])), ...(await pubsubGrpc(app, broker))],
    hostNames,
  );
  const opened = await openPort({ host, port, http: app.server, grpc: grpc.accept });
  port = opened.port;

  return {
    url: url(),
    port,
    clock,
    store,
    broker,
    vertex,
    operations,
    faults,
    async close() {
      broker.close();
      await vertex.close();
      await opened.close();
      grpc.close();
      await app.close();
    },
  };
}

/** The gRPC server, made for the first connection that asks for it: its protos take a while to load. */
function lazyGrpc(
  services: () => Promise<GrpcService[]>,
  hostNames: ReadonlySet<string>,
): {
  accept: (socket: Socket) => Promise<void>;
  close: () => void;
} {
  const server = new GrpcServer({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    interceptors: [ownHostsOnly(hostNames)],
  });
  const start = async (): Promise<ConnectionInjector> => {
    for (const { definition, implementation } of await services())
      server.addService(definition, implementation);
    return server.createConnectionInjector(ServerCredentials.createInsecure());
  };
  let started: Promise<ConnectionInjector> | undefined;
  return {
    async accept(socket) {
      started ??= start();
      const injector = await started;
      injector.injectConnection(socket);
    },
    close: () => server.forceShutdown(),
  };
}

/** For what is refused before it reaches a service. */
function answerError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = asApiError(error);
  return reply.code(answer.httpStatus).send(answer.toBody());
}

function refuseUnknown({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = new ApiError('UNIMPLEMENTED', `The emulator does not serve ${method} ${url}.`);
  return reply.code(error.httpStatus).send(error.toBody());
}
