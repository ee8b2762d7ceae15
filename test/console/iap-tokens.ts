/** Tokens as Identity-Aware Proxy signs them, others that are forged, and a server of its public keys. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export const AUDIENCE = '/projects/222353697986/locations/us-central1/services/slipway-console';
export const HOST = 'slipway-console-222353697986.us-central1.run.app';
export const ADA = 'ada@example.com';

export const KEYS = { google: keyPair(), other: keyPair() };

function keyPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function pem(key: KeyObject): string {
  return String(key.export({ type: 'spki', format: 'pem' }));
}

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export interface Forged {
  readonly claims?: object;
  readonly header?: object;
  readonly key?: KeyObject;
}

/** As IAP signs it, but for what is forged. */
export function token({ claims, header, key = KEYS.google.privateKey }: Forged = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: 'https://cloud.google.com/iap',
    aud: AUDIENCE,
    sub: 'accounts.google.com:1',
    email: ADA,
    iat: now,
    exp: now + 600,
    ...claims,
  };
  const text = `${base64({ alg: 'ES256', typ: 'JWT', kid: 'k1', ...header })}.${base64(payload)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

export interface KeyServer {
  readonly url: string;
  /** By their IDs; those of a start are Google's. */
  published: Record<string, string>;
  /** How it answers meanwhile: not at all, with an error, or never. */
  outage: 'closed' | 'error' | 'silent' | null;
  /** How often it was asked. */
  reads: number;
  close(): void;
}

export async function startKeyServer(): Promise<KeyServer> {
  const server = createServer(({ socket }, response) => {
    keys.reads += 1;
    if (keys.outage === 'closed') socket.destroy();
    else if (keys.outage === 'error') response.writeHead(503).end('<html>503</html>');
    else if (keys.outage === null)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(keys.published));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server of keys has no port');
  const keys: KeyServer = {
    url: `http://127.0.0.1:${address.port}/keys`,
    published: { k1: pem(KEYS.google.publicKey) },
    outage: null,
    reads: 0,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
  return keys;
}
