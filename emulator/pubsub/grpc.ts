/** Pub/Sub over gRPC: the unary methods through the REST interface, StreamingPull by hand. */
import type { ServerDuplexStream, ServiceDefinition } from '@grpc/grpc-js';
import type { FastifyInstance } from 'fastify';
import type { protobuf } from 'google-gax';

import { bridge } from '../grpc/grpc.ts';
import type { GrpcService } from '../grpc/grpc.ts';
import { loadProtos } from '../grpc/protos.ts';
import type { ProtoSource } from '../grpc/protos.ts';
import type { Broker } from './broker.ts';
import { StreamingPull } from './streaming-pull.ts';

export const pubsubProtos: ProtoSource = {
  module: '@google-cloud/pubsub/build/protos/protos.json',
  package: 'google.pubsub.v1',
  services: ['Publisher', 'Subscriber'],
};

/** `app` holds the routes of `broker`. */
export async function pubsubGrpc(app: FastifyInstance, broker: Broker): Promise<GrpcService[]> {
  const root = await loadProtos(pubsubProtos);
  const unary = await bridge(app, [pubsubProtos]);
  return [...unary, streamingPullService(broker, root)];
}

function streamingPullService(broker: Broker, root: protobuf.Root): GrpcService {
  const requestType = root.lookupType('google.pubsub.v1.StreamingPullRequest');
  const responseType = root.lookupType('google.pubsub.v1.StreamingPullResponse');
  const definition: ServiceDefinition = {
    StreamingPull: {
      path: '/google.pubsub.v1.Subscriber/StreamingPull',
      requestStream: true,
      responseStream: true,
      requestDeserialize: (bytes: Buffer) =>
        requestType.toObject(requestType.decode(bytes), { longs: Number, arrays: true, defaults: true }),
      requestSerialize: (request: object) => Buffer.from(requestType.encode(request).finish()),
      responseDeserialize: (bytes: Buffer) => responseType.decode(bytes),
      responseSerialize: (response: object) => Buffer.from(responseType.encode(response).finish()),
    },
  };
  const implementation = {
    StreamingPull: (call: ServerDuplexStream<unknown, object>) => new StreamingPull(broker, call),
  };
  return { definition, implementation };
}
