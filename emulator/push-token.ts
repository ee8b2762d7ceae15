/**
 * The token of a push whose subscription has an `oidcToken`, and its check by the receiver. Claims are Google's
 * (https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions#jwt_format); the signature is not: Google signs
 * with keys of its own, the emulator with a secret that it shares with the processes it starts.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** The service that a token is for, and the account that calls it. */
export interface TokenSubject {
  readonly audience: string;
  /** Address of the service account. */
  readonly account: string;
}

/** Who alone may call, and how its tokens are signed. */
export interface Caller extends TokenSubject {
  readonly secret: string;
}

const LIFE_SECONDS = 3600;
const HEADER = encoded({ alg: 'HS256', kid: 'emulator', typ: 'JWT' });

/** `now` in milliseconds. */
export function pushToken({ audience, account }: TokenSubject, secret: string, now: number): string {
  const issuedAt = Math.floor(now / 1000);
  const claims = {
    aud: audience,
    azp: account,
    email: account,
    email_verified: true,
    exp: issuedAt + LIFE_SECONDS,
    iat: issuedAt,
    iss: 'https://accounts.google.com',
    sub: account,
  };
  const signed = `${HEADER}.${encoded(claims)}`;
  return `${signed}.${signature(signed, secret)}`;
}

/**
 * Null for a call that may pass, else the status and the reason with which Cloud Run refuses it
 * (https://cloud.google.com/run/docs/troubleshooting#unauthorized-client).
 */
export function refusalOfCall(
  authorization: string | undefined,
  { audience, account, secret }: Caller,
  now: number,
): { status: 401 | 403; reason: string } | null {
  const [, token] = /^Bearer (\S+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) return { status: 403, reason: 'expected a token in the header Authorization' };
  const end = token.lastIndexOf('.');
  const signed = token.slice(0, Math.max(end, 0));
  if (!isSame(token.slice(end + 1), signature(signed, secret)))
    return { status: 401, reason: 'the token is not signed by the emulator' };
  const claims: { aud?: unknown; email?: unknown; exp?: unknown } = JSON.parse(
    Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString(),
  );
  if (Number(claims.exp) * 1000 <= now) return { status: 401, reason: 'the token has expired' };
  if (claims.aud !== audience)
    return { status: 401, reason: `expected a token for ${audience}, got one for ${String(claims.aud)}` };
  if (claims.email === account) return null;
  return { status: 403, reason: `${String(claims.email)} may not call this function, only ${account}` };
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function signature(signed: string, secret: string): string {
  return createHmac('sha256', secret).update(signed).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
