/**
 * JSON over HTTP to those of Google's APIs whose clients a cold start is too dear for. Credentials are looked for at
 * the first call. Rejects with CallErrors; nothing is repeated.
 */
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { GoogleAuth } from 'google-auth-library';
import { CallError, STATUSES } from '../errors.ts';
import { calling, statusOfHttp, toCallError } from './call-error.ts';

export interface RestCall {
  /** The API's own name of the method, such as ListTimeSeries. */
  readonly method: string;
  readonly path: string;
  readonly query?: URLSearchParams;
  /** Sent with POST; without one it is a GET. */
  readonly body?: unknown;
}

/** The answer, if it is as the schema says; UNKNOWN if it is not. */
export type Rest = <Schema extends TSchema>(schema: Schema, call: RestCall) => Promise<Static<Schema>>;

const TIMEOUT_MS = 30_000;
/** Twice the largest: 60 log entries of 256 KB. */
const BYTES_MAX = 32 * 1024 * 1024;
const SCOPES = ['https://www.googleapis.com/auth/cloud-platform'];

/** `emulator`: `host:port` of a local stack, which is asked without credentials. */
export function restApi(host: string, emulator: string | undefined, timeoutMs = TIMEOUT_MS): Rest {
  const local = emulator !== undefined && emulator !== '';
  const base = local ? `http://${emulator}` : `https://${host}`;
  let auth: Promise<GoogleAuth> | undefined;

  async function headersFor(url: URL): Promise<Headers> {
    if (local) return new Headers();
    auth ??= import('google-auth-library').then((library) => new library.GoogleAuth({ scopes: SCOPES }));
    return new Headers(await (await auth).getRequestHeaders(url));
  }

  async function send({ method, path, query, body }: RestCall): Promise<unknown> {
    const url = new URL(path, base);
    if (query !== undefined) url.search = query.toString();
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const headers = await within(signal, headersFor(url));
      if (body !== undefined) headers.set('content-type', 'application/json');
      const response = await fetch(url, {
        headers,
        signal,
        ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      });
      const text = await textOf(method, response);
      if (!response.ok) throw refusal(method, response.status, text);
      return JSON.parse(text);
    } catch (error) {
      if (signal.aborted)
        throw new CallError(method, 'DEADLINE_EXCEEDED', `no answer within ${timeoutMs} ms`, {
          cause: error,
        });
      // What fetch says when there is no connection; its cause says why.
      if (error instanceof TypeError)
        throw new CallError(method, 'UNAVAILABLE', reasonOf(error), { cause: error });
      throw toCallError(method, error);
    }
  }

  return (schema, call) =>
    calling(call.method, async () => {
      const answer = await send(call);
      if (Value.Check(schema, answer)) return answer;
      const [problem] = Value.Errors(schema, answer);
      const where = `${problem?.instancePath ?? ''} ${problem?.message ?? ''}`;
      throw new CallError(call.method, 'UNKNOWN', `the answer is not in the documented form: ${where}`);
    });
}

async function textOf(method: string, { body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > BYTES_MAX)
      throw new CallError(method, 'OUT_OF_RANGE', `an answer of more than ${BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The metadata server, which gives the token, may hang as well. */
function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    }),
  ]);
}

/** Google's error body names the status; a proxy's page does not (https://cloud.google.com/apis/design/errors). */
export function refusal(method: string, http: number, text: string): CallError {
  let error: unknown;
  try {
    error = Reflect.get(Object(JSON.parse(text)), 'error');
  } catch {
    error = undefined;
  }
  const named: unknown = Reflect.get(Object(error), 'status');
  const message: unknown = Reflect.get(Object(error), 'message');
  const status = STATUSES.find((name) => name === named && name !== 'OK') ?? statusOfHttp(http);
  const words = typeof message === 'string' ? message : text;
  return new CallError(method, status, `HTTP ${http}: ${words.slice(0, 1000)}`);
}

function reasonOf(error: TypeError): string {
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
