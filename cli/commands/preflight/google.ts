/**
 * Google's APIs over plain REST, with the caller's own credentials (application default credentials). Answers are
 * checked against a schema before anybody reads them.
 */
import { GoogleAuth, type AuthClient } from 'google-auth-library';
import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

export interface Call {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: object;
  /** An access token to use instead of the caller's credentials. */
  readonly token?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Sends a call. Resolves with every HTTP answer; rejects if there is none. */
export type Send = (call: Call) => Promise<Answer>;

/** What looking for a resource came to. `hidden`: the caller may not see it, or the API is not enabled. */
export type Looked<T> =
  | { readonly is: 'there'; readonly value: T }
  | { readonly is: 'absent' }
  | { readonly is: 'hidden'; readonly why: string };

const Refusal = Type.Object({ error: Type.Object({ message: Type.String() }) });

/** Throws if Google answers with anything but the resource, its absence, or a refusal to show it. */
export async function fetchResource<S extends TSchema>(
  send: Send,
  schema: S,
  call: Call,
): Promise<Looked<Static<S>>> {
  const { status, body } = await send(call);
  const why = Value.Check(Refusal, body) ? body.error.message : `HTTP ${status}`;
  if (status === 404) return { is: 'absent' };
  if (status === 401 || status === 403) return { is: 'hidden', why };
  if (status !== 200) throw new Error(`${call.url}: ${why}`);
  if (!Value.Check(schema, body)) {
    const [first] = Value.Errors(schema, body);
    throw new Error(`${call.url}: expected an answer that is documented, got ${first?.message ?? 'another'}`);
  }
  return { is: 'there', value: body };
}

/** Google with the caller's credentials; calls count against the project. Rejects if there are none. */
export async function realGoogle(project: string): Promise<Send> {
  const auth = new GoogleAuth({
    scopes: 'https://www.googleapis.com/auth/cloud-platform',
    clientOptions: { quotaProjectId: project },
  });
  return sendWith(await auth.getClient());
}

export function sendWith(client: AuthClient): Send {
  return async ({ url, method = 'GET', body, token }) => {
    if (token !== undefined) return withToken(url, method, body, token);
    const { status, data } = await client.request<unknown>({
      url,
      method,
      ...(body && { data: body }),
      validateStatus: () => true,
    });
    return { status, body: data };
  };
}

async function withToken(
  url: string,
  method: string,
  body: object | undefined,
  token: string,
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}
