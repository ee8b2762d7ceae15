/**
 * The gRPC side of the emulator: every unary method that has a google.api.http annotation becomes a
 * call of the HTTP application, so REST and gRPC share one implementation.
 */
import { Metadata, status } from '@grpc/grpc-js';
import type {
  sendUnaryData,
  ServerUnaryCall,
  ServiceDefinition,
  StatusObject,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { FastifyInstance } from 'fastify';
import { protobuf, serializer } from 'google-gax';

import { isObject, parseJson } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { loadProtos } from './protos.ts';
import type { ProtoSource } from './protos.ts';
import { transcode } from './transcode.ts';
import type { HttpRule } from './transcode.ts';

/** What `Server.addService` of @grpc/grpc-js takes. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/** Tells the HTTP application which gRPC method a request came by, as `EndpointService.DeployModel`. */
export const RPC_HEADER = 'x-emulator-rpc';

interface Method {
  /** `EndpointService.DeployModel`. */
  readonly name: string;
  readonly requestType: protobuf.Type;
  readonly responseType: protobuf.Type;
  readonly rule: HttpRule;
}

/** The protos leave the paths of operations to each service: these are Vertex AI's (google-gax, `httpRules`). */
const operationRules = new Map<string, HttpRule>([
  ['GetOperation', { get: '/v1/{name=projects/**}' }],
  ['ListOperations', { get: '/v1/{name=projects/**}/operations' }],
  ['DeleteOperation', { delete: '/v1/{name=projects/**}' }],
  ['CancelOperation', { post: '/v1/{name=projects/**}:cancel' }],
  ['WaitOperation', { post: '/v1/{name=projects/**}:wait' }],
]);

/** Bridges the services of `sources`, plus google.longrunning.Operations where the protos hold it, to `app`. */
export async function bridge(app: FastifyInstance, sources: readonly ProtoSource[]): Promise<GrpcService[]> {
  const services: GrpcService[] = [];
  for (const source of sources) {
    const root = await loadProtos(source);
    for (const name of source.services)
      services.push(bridgeService(app, root.lookupService(`${source.package}.${name}`)));
    const operations = root.lookup('google.longrunning.Operations');
    if (operations instanceof protobuf.Service) services.push(bridgeService(app, operations));
  }
  return services;
}

function bridgeService(app: FastifyInstance, service: protobuf.Service): GrpcService {
  const definition: Record<string, ServiceDefinition[string]> = {};
  const implementation: UntypedServiceImplementation = {};
  for (const method of service.methodsArray) {
    const rule = ruleOf(service, method);
    if (rule === undefined || method.requestStream === true || method.responseStream === true) continue;
    method.resolve();
    const { resolvedRequestType: requestType, resolvedResponseType: responseType } = method;
    if (requestType === null || responseType === null) continue;
    definition[method.name] = {
      path: `/${service.fullName.slice(1)}/${method.name}`,
      requestStream: false,
      responseStream: false,
      requestDeserialize: (bytes: Buffer) => requestType.decode(bytes),
      requestSerialize: (message: protobuf.Message) => Buffer.from(requestType.encode(message).finish()),
      responseDeserialize: (bytes: Buffer) => responseType.decode(bytes),
      responseSerialize: (message: protobuf.Message) => Buffer.from(responseType.encode(message).finish()),
    };
    const bridged = { name: `${service.name}.${method.name}`, requestType, responseType, rule };
    implementation[method.name] = (
      call: ServerUnaryCall<protobuf.Message, protobuf.Message>,
      answer: sendUnaryData<protobuf.Message>,
    ) => {
      callApp(app, bridged, call).then(
        (message) => answer(null, message),
        (error: unknown) =>
          answer(isStatus(error) ? error : { code: status.INTERNAL, details: String(error) }),
      );
    };
  }
  return { definition, implementation };
}

function ruleOf(service: protobuf.Service, method: protobuf.Method): HttpRule | undefined {
  if (service.fullName === '.google.longrunning.Operations') return operationRules.get(method.name);
  const options: readonly Record<string, HttpRule>[] | undefined = method.parsedOptions;
  return options?.find((option) => '(google.api.http)' in option)?.['(google.api.http)'];
}

async function callApp(
  app: FastifyInstance,
  method: Method,
  call: ServerUnaryCall<protobuf.Message, protobuf.Message>,
): Promise<protobuf.Message> {
  const json = serializer.toProto3JSON(call.request);
  if (!isObject(json)) throw failure(status.INVALID_ARGUMENT, `${method.name}: expected a message`);
  const rawRequest = takeHttpBody(json, method.requestType);
  const http = transcode(json, method.rule);
  if (http === undefined)
    throw failure(status.INVALID_ARGUMENT, `${method.name}: the resource name has a wrong form.`);
  const payload = rawRequest?.data ?? (http.body === undefined ? undefined : JSON.stringify(http.body));
  const response = await app.inject({
    method: http.method,
    url: http.url,
    headers: {
      [RPC_HEADER]: method.name,
      host: call.getHost(),
      ...endpointHeader(call.metadata),
      ...(payload === undefined ? {} : { 'content-type': rawRequest?.contentType ?? 'application/json' }),
    },
    ...(payload === undefined ? {} : { payload }),
  });
  if (response.statusCode >= 400) throw failureOf(response.statusCode, response.body);
  if (method.responseType.fullName === '.google.api.HttpBody') {
    call.sendMetadata(customHeaders(response.headers));
    const contentType = response.headers['content-type'] ?? '';
    return method.responseType.create({ contentType, data: response.rawPayload });
  }
  const body = response.body === '' ? {} : parseJson(response.body);
  return serializer.fromProto3JSON(method.responseType, body) ?? method.responseType.create({});
}

/** A google.api.HttpBody in the request is the HTTP body itself, not a field of a JSON body. */
function takeHttpBody(
  json: JsonObject,
  type: protobuf.Type,
): { contentType: string; data: Buffer } | undefined {
  const field = type.fieldsArray.find(
    (field) => field.resolve().resolvedType?.fullName === '.google.api.HttpBody',
  );
  if (field === undefined) return undefined;
  const body = json[field.name];
  delete json[field.name];
  if (!isObject(body)) return { contentType: 'application/json', data: Buffer.alloc(0) };
  const { contentType, data } = body;
  return {
    contentType: typeof contentType === 'string' && contentType !== '' ? contentType : 'application/json',
    data: Buffer.from(typeof data === 'string' ? data : '', 'base64'),
  };
}

/** What dedicated endpoints need of a gRPC call. */
function endpointHeader(metadata: Metadata): Record<string, string> {
  const [id] = metadata.get('x-vertex-ai-endpoint-id');
  return id === undefined ? {} : { 'x-vertex-ai-endpoint-id': String(id) };
}

function customHeaders(headers: Record<string, unknown>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('x-')) metadata.set(name, String(value));
  }
  return metadata;
}

/** google.rpc.Code and HTTP, the way Google's front end maps them (google/rpc/code.proto). */
const statusByHttp = new Map<number, status>([
  [400, status.INVALID_ARGUMENT],
  [401, status.UNAUTHENTICATED],
  [403, status.PERMISSION_DENIED],
  [404, status.NOT_FOUND],
  [409, status.ABORTED],
  [412, status.FAILED_PRECONDITION],
  [429, status.RESOURCE_EXHAUSTED],
  [499, status.CANCELLED],
  [501, status.UNIMPLEMENTED],
  [503, status.UNAVAILABLE],
  [504, status.DEADLINE_EXCEEDED],
]);

const codeByName = new Map<string, status>();
for (const [name, code] of Object.entries(status)) {
  if (typeof code === 'number') codeByName.set(name, code);
}

function failureOf(httpStatus: number, body: string): Partial<StatusObject> {
  const fallback = statusByHttp.get(httpStatus) ?? status.UNKNOWN;
  try {
    const answer = parseJson(body);
    if (!isObject(answer) || !isObject(answer.error)) return failure(fallback, body);
    const { status: name, message } = answer.error;
    const code = typeof name === 'string' ? codeByName.get(name) : undefined;
    return failure(code ?? fallback, typeof message === 'string' ? message : body);
  } catch {
    return failure(fallback, body);
  }
}

function failure(code: status, details: string): Partial<StatusObject> {
  return { code, details };
}

function isStatus(error: unknown): error is Partial<StatusObject> {
  return typeof error === 'object' && error !== null && 'code' in error && 'details' in error;
}
