/**
 * Who asks, as Identity-Aware Proxy has verified it. IAP signs a token into the header of every request that it lets
 * through (https://cloud.google.com/iap/docs/signed-headers-howto): its signature, audience, issuer and times are
 * checked here, because a request that reaches the service past IAP could carry any header. The e-mail address comes
 * from the token alone, never from `X-Goog-Authenticated-User-Email`.
 */
import { OAuth2Client } from 'google-auth-library';
import { isEmail } from '../functions/intake/messages.ts';
import { Refused, type Admit } from './door.ts';

export interface Iap {
  /** `/projects/NUMBER/locations/REGION/services/NAME` for a service of Cloud Run. */
  readonly audience: string;
  /** Where IAP's public keys are, by their IDs; absent: at Google. */
  readonly keysUrl?: string;
}

const HEADER = 'x-goog-iap-jwt-assertion';
const ISSUER = 'https://cloud.google.com/iap';
/** A token of IAP has some 1,000 characters, and lives for ten minutes. */
const TOKEN_LENGTH_MAX = 8_192;
const LIFETIME_SECONDS_MAX = 3_600;
/**
 * In ms: how long keys are kept, how soon an unknown one is looked for again, how soon Google is asked again while there
 * are none at all, and how long its answer may take.
 */
const KEYS = { keptMs: 3_600_000, againMs: 30_000, withoutMs: 1_000, answerMs: 5_000 };
/** Google publishes fewer than ten. */
const KEYS_MAX = 100;

type PublicKeys = Readonly<Record<string, string>>;

const NOT_THROUGH = 'Refused: this console is reached through Identity-Aware Proxy alone.';
const UNREADABLE =
  'The console cannot read the keys of Identity-Aware Proxy at www.gstatic.com, so it lets nobody in. Try again in a few seconds.';

/**
 * Admits requests with IAP's token, and rejects with a Refused for all others: 401 without a valid token, 403 for one
 * that names no e-mail address, 503 while Google's keys cannot be read. Clocks may differ by five minutes (the
 * library's bound). `now` in ms.
 */
export function admitIap({ audience, keysUrl }: Iap, now: () => number = Date.now): Admit {
  const client = new OAuth2Client();
  const url = keysUrl ?? String(client.endpoints.oauth2IapPublicKeyUrl);
  // Its own method asks four times, and people wait.
  const readKeys = async () =>
    (await client.transporter.request<PublicKeys>({ url, timeout: KEYS.answerMs })).data;
  const keyNamed = keyRing(readKeys, now);

  return async (request) => {
    const token = tokenOf(request);
    const id = keyIdOf(token);
    const key = await keyNamed(id);
    if (key === null) throw new Refused(401, NOT_THROUGH);
    let email: unknown;
    try {
      const ticket = await client.verifySignedJwtWithCertsAsync(
        token,
        { [id]: key },
        audience,
        [ISSUER],
        LIFETIME_SECONDS_MAX,
      );
      email = ticket.getPayload()?.email;
    } catch {
      // The library's words quote the token.
      throw new Refused(401, 'Refused: the token of Identity-Aware Proxy is not valid here, or has expired.');
    }
    if (typeof email !== 'string' || !isEmail(email))
      throw new Refused(403, 'Refused: Identity-Aware Proxy names no e-mail address for this account.');
    return { actor: email };
  };
}

function tokenOf({ headers }: Parameters<Admit>[0]): string {
  const token = headers[HEADER];
  if (typeof token !== 'string' || token.length > TOKEN_LENGTH_MAX) throw new Refused(401, NOT_THROUGH);
  return token;
}

/** The ID of the key that signed it, if it is signed as IAP signs. */
function keyIdOf(token: string): string {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'));
    const [algorithm, id]: unknown[] = ['alg', 'kid'].map((name) => Reflect.get(Object(header), name));
    if (algorithm === 'ES256' && typeof id === 'string') return id;
  } catch {
    // No JSON.
  }
  throw new Refused(401, NOT_THROUGH);
}

/** Reads the keys once an hour, and sooner where one is not among them, but then no more than twice a minute. */
function keyRing(read: () => Promise<PublicKeys>, now: () => number): (id: string) => Promise<string | null> {
  let keys = new Map<string, string>();
  let readAt = -Infinity;
  let triedAt = -Infinity;
  let reading: Promise<void> | null = null;
  const renew = async (): Promise<void> => {
    triedAt = now();
    try {
      keys = new Map(Object.entries(await read()).slice(0, KEYS_MAX));
      readAt = now();
    } catch {
      // Those from before serve until they are an hour old.
    }
  };
  return async (id) => {
    const isOld = () => now() - readAt > KEYS.keptMs;
    const pauseMs = isOld() ? KEYS.withoutMs : KEYS.againMs;
    if ((isOld() || !keys.has(id)) && now() - triedAt > pauseMs)
      reading ??= renew().finally(() => {
        reading = null;
      });
    if (reading !== null) await reading;
    if (isOld()) throw new Refused(503, UNREADABLE);
    return keys.get(id) ?? null;
  };
}
