/**
 * Faults between a caller and the emulator, set by a test through `Emulator.faults` or by anyone over
 * HTTP (GET, POST and DELETE of /emulator/faults). The services know nothing of them: everything
 * here happens before a call reaches its service or after the service has answered.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';

import { sleep } from './clock.ts';
import type { Clock } from './clock.ts';
import { ApiError, isStatusName } from './errors.ts';
import { RPC_HEADER } from '../grpc/grpc.ts';
import { isObject, parseJson } from './json.ts';
import type { Operations } from './operations.ts';

const which = {
  /**
   * `EndpointService.DeployModel`, `Publisher.Publish` (gRPC), `storage.objects.insert`, or for a route that
   * has no such name `GET /v1/…`, with its parameters as the route spells them. `*` stands for any characters.
   */
  method: Type.String({ minLength: 1 }),
  /** Only the nth matching call after the fault was set, from 1. */
  call: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Only the first so many matching calls. */
  times: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Only within so many milliseconds after the fault was set. Without it, `call` and `times`: until it is cleared. */
  forMs: Type.Optional(Type.Integer({ minimum: 1 })),
  /** Only calls of a path and query that this stands in, such as `/endpoints/717406799`; `*` is any characters. */
  path: Type.Optional(Type.String({ minLength: 1 })),
  /** Only this share of the matching calls, chosen by the emulator's seed. */
  probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
};
const strict = { additionalProperties: false };

export const Fault = Type.Union([
  /** The call fails and has had no effect. */
  Type.Object(
    { ...which, kind: Type.Literal('error'), status: Type.String(), message: Type.Optional(Type.String()) },
    strict,
  ),
  /** The call has its effect; the caller gets a closed connection, or DEADLINE_EXCEEDED. */
  Type.Object(
    {
      ...which,
      kind: Type.Literal('lost-reply'),
      as: Type.Union([Type.Literal('closed'), Type.Literal('timeout')]),
    },
    strict,
  ),
  /** The effect, or only the answer, comes late. */
  Type.Object(
    {
      ...which,
      kind: Type.Literal('delay'),
      ms: Type.Integer({ minimum: 0 }),
      of: Type.Union([Type.Literal('effect'), Type.Literal('reply')]),
    },
    strict,
  ),
  /** The operation that the call starts ends in an error, with or without its effect. */
  Type.Object(
    {
      ...which,
      kind: Type.Literal('operation'),
      status: Type.String(),
      message: Type.Optional(Type.String()),
      effect: Type.Union([Type.Literal('none'), Type.Literal('kept')]),
    },
    strict,
  ),
  /** The operation that the call starts never ends, or not before so many milliseconds; its effect waits with it. */
  Type.Object(
    { ...which, kind: Type.Literal('stuck-operation'), ms: Type.Optional(Type.Integer({ minimum: 0 })) },
    strict,
  ),
  /** More calls than this within a minute get RESOURCE_EXHAUSTED. */
  Type.Object({ ...which, kind: Type.Literal('quota'), perMinute: Type.Integer({ minimum: 0 }) }, strict),
]);
export type Fault = Static<typeof Fault>;

interface Planned {
  readonly fault: Fault;
  readonly pattern: RegExp;
  readonly path: RegExp;
  readonly setAt: number;
  calls: number;
  window: { from: number; calls: number };
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The method a route stands for, as `EndpointService.DeployModel` or `storage.objects.get`. */
    rpc?: string;
  }
}

const minuteMs = 60_000;

export class Faults {
  readonly #clock: Clock;
  readonly #random: () => number;
  #planned: Planned[] = [];

  constructor(options: { clock: Clock; random: () => number }) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  /** Adds a fault. Throws INVALID_ARGUMENT, naming the field, when it is none. */
  add(fault: unknown): void {
    if (!Value.Check(Fault, fault)) {
      const [problem] = Value.Errors(Fault, fault);
      throw new ApiError(
        'INVALID_ARGUMENT',
        `fault${problem?.instancePath ?? ''} ${problem?.message ?? 'is wrong'}`,
      );
    }
    if ('status' in fault && !isStatusName(fault.status)) {
      throw new ApiError(
        'INVALID_ARGUMENT',
        `fault/status expected a name like UNAVAILABLE, got "${fault.status}"`,
      );
    }
    const pattern = new RegExp(`^${sourceOf(fault.method)}$`);
    const path = new RegExp(sourceOf(fault.path ?? '*'));
    const setAt = this.#clock.now();
    this.#planned.push({ fault, pattern, path, setAt, calls: 0, window: { from: setAt, calls: 0 } });
  }

  clear(): void {
    this.#planned = [];
  }

  list(): { fault: Fault; calls: number }[] {
    return this.#planned.map(({ fault, calls }) => ({ fault, calls }));
  }

  /** The faults that strike this call of a path and query. Each call of a method asks exactly once. */
  faultsFor(method: string, path = ''): Fault[] {
    const struck: Fault[] = [];
    for (const planned of this.#planned) {
      if (!planned.pattern.test(method) || !planned.path.test(path)) continue;
      planned.calls += 1;
      if (this.#strikes(planned)) struck.push(planned.fault);
    }
    return struck;
  }

  #strikes(planned: Planned): boolean {
    const { fault, window } = planned;
    if (fault.call !== undefined && fault.call !== planned.calls) return false;
    if (fault.times !== undefined && planned.calls > fault.times) return false;
    if (fault.forMs !== undefined && this.#clock.now() - planned.setAt >= fault.forMs) return false;
    if (fault.probability !== undefined && this.#random() >= fault.probability) return false;
    if (fault.kind !== 'quota') return true;
    const now = this.#clock.now();
    if (now - window.from >= minuteMs) planned.window = { from: now, calls: 0 };
    planned.window.calls += 1;
    return planned.window.calls > fault.perMinute;
  }
}

function sourceOf(pattern: string): string {
  return pattern.replaceAll(/[.+^$|()[\]\\?{}]/g, '\\$&').replaceAll('*', '.*');
}

/** Puts `faults` around every route that is registered on `app` afterwards. */
export function disturb(
  app: FastifyInstance,
  faults: Faults,
  world: { clock: Clock; operations: Operations },
): void {
  const struck = new WeakMap<FastifyRequest, Fault[]>();

  app.addHook('preHandler', async (request, reply) => {
    const method = methodOf(request);
    const faultsOfCall = faults.faultsFor(method, decoded(request.url));
    if (faultsOfCall.length === 0) return;
    for (const fault of faultsOfCall) {
      if (fault.kind === 'delay' && fault.of === 'effect') await sleep(world.clock, fault.ms);
    }
    const refusal = faultsOfCall
      .map((fault) => refusalOf(fault, method))
      .find((error) => error !== undefined);
    // Answered here, not thrown: every service has its own way with errors.
    if (refusal === undefined) struck.set(request, faultsOfCall);
    else await reply.code(refusal.httpStatus).send(refusal.toBody());
  });

  app.addHook('onSend', async (request, reply, payload) => {
    let answer = payload;
    for (const fault of struck.get(request) ?? []) {
      if (reply.statusCode >= 400) break;
      if (fault.kind === 'delay' && fault.of === 'reply') await sleep(world.clock, fault.ms);
      if (fault.kind === 'operation') {
        world.operations.force(operationName(payload), { error: errorOf(fault), effect: fault.effect });
      }
      if (fault.kind === 'stuck-operation') world.operations.hold(operationName(payload), fault.ms);
      if (fault.kind === 'lost-reply') answer = loseReply(request, reply, fault.as);
    }
    return answer;
  });
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

function methodOf(request: FastifyRequest): string {
  const bridged = request.headers[RPC_HEADER];
  if (typeof bridged === 'string') return bridged;
  return request.routeOptions.config.rpc ?? `${request.method} ${request.routeOptions.url ?? request.url}`;
}

/** The error of a call that is not to reach its service. */
function refusalOf(fault: Fault, method: string): ApiError | undefined {
  if (fault.kind === 'error') return errorOf(fault);
  if (fault.kind !== 'quota') return undefined;
  const limit = `${fault.perMinute} calls per minute`;
  return new ApiError('RESOURCE_EXHAUSTED', `Quota exceeded for ${method}: ${limit}.`);
}

function errorOf(fault: { status: string; message?: string }): ApiError {
  const status = isStatusName(fault.status) ? fault.status : 'UNKNOWN';
  return new ApiError(status, fault.message ?? `${status} by the emulator's fault plan.`);
}

function operationName(payload: unknown): string {
  const answer = typeof payload === 'string' ? parseJson(payload) : null;
  const name = isObject(answer) ? answer.name : undefined;
  if (typeof name === 'string') return name;
  throw new ApiError('INTERNAL', 'The fault plan expected a call that starts an operation.');
}

/** A bridged gRPC call has no connection of its own to close: its caller sees UNAVAILABLE, as after a reset. */
function loseReply(request: FastifyRequest, reply: FastifyReply, as: 'closed' | 'timeout'): string {
  if (as === 'closed' && request.headers[RPC_HEADER] === undefined) request.raw.socket.destroy();
  const error =
    as === 'closed'
      ? new ApiError('UNAVAILABLE', 'read ECONNRESET')
      : new ApiError('DEADLINE_EXCEEDED', 'Deadline exceeded');
  const body = JSON.stringify(error.toBody());
  void reply
    .code(error.httpStatus)
    .header('content-type', 'application/json')
    .header('content-length', Buffer.byteLength(body));
  return body;
}
