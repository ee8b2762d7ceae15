/**
 * Reads an object's bytes as they are stored, and no more of them, and no longer, than was asked for: metadata may
 * promise anything, and a connection may go silent.
 *
 * Not by the client's own downloads (storage 8.4.0): one that is ended early destroys the sockets of all other calls
 * to Cloud Storage in the process, and nothing bounds the silence within one.
 */
import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, get as httpsGet } from 'node:https';
import type { Storage } from '@google-cloud/storage';
import { CallError } from '../errors.ts';
import type { StoredObject } from '../world.ts';
import { refusal } from './rest.ts';

export interface Bounds {
  /** First and last byte; without them all. */
  readonly range?: { readonly start: number; readonly end: number };
  readonly mostBytes: number;
  readonly mostMs: number;
  /** How long there may be no byte, in ms. */
  readonly silenceMs?: number;
}

/** How it ended: at the last byte, at one too many, or when the time was up. */
export type End = 'read' | 'long' | 'late';

const SILENCE_MS = 30_000;
/** A timer takes no longer time. */
const MS_MAX = 2 ** 31 - 1;
const WORDS_MAX = 4_096;

const http = new HttpAgent({ keepAlive: true, proxyEnv: process.env });
const https = new HttpsAgent({ keepAlive: true, proxyEnv: process.env });

/** Gives every chunk to `take`. Rejects with a CallError, or with what Node throws. */
export async function download(
  method: string,
  storage: Storage,
  object: Pick<StoredObject, 'bucket' | 'name' | 'generation'>,
  { range, mostBytes, mostMs, silenceMs = SILENCE_MS }: Bounds,
  take: (chunk: Buffer) => void,
): Promise<End> {
  if (mostMs <= 0) return 'late';
  const ended = new AbortController();
  const late = setTimeout(() => ended.abort('late'), Math.min(mostMs, MS_MAX));
  const silence = setTimeout(() => ended.abort('silent'), silenceMs);
  let isWhole = false;
  try {
    const response = await within(ended.signal, ask(storage, object, range, ended.signal));
    const code = response.statusCode ?? 0;
    if (code !== 200 && code !== 206) throw refusal(method, code, await wordsOf(response));
    let bytes = 0;
    for await (const chunk of response) {
      silence.refresh();
      bytes += chunk.length;
      if (bytes > mostBytes) return 'long';
      take(chunk);
    }
    isWhole = true;
    return 'read';
  } catch (error) {
    if (ended.signal.reason === 'late') return 'late';
    if (ended.signal.reason !== 'silent') throw error;
    throw new CallError(method, 'DEADLINE_EXCEEDED', `no byte within ${silenceMs} ms`, { cause: error });
  } finally {
    clearTimeout(late);
    clearTimeout(silence);
    // A connection that was read to its end may serve another call by now.
    if (!isWhole) ended.abort('over');
  }
}

async function ask(
  storage: Storage,
  { bucket, name, generation }: Pick<StoredObject, 'bucket' | 'name' | 'generation'>,
  range: Bounds['range'],
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const path = `b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
  const url = new URL(`${storage.baseUrl}/${path}?alt=media&generation=${encodeURIComponent(generation)}`);
  // As the client does: a local stack is asked without credentials.
  const credentials = storage.customEndpoint ? [] : await storage.authClient.getRequestHeaders(url.href);
  const headers = {
    ...Object.fromEntries(new Headers(credentials)),
    // Without it Cloud Storage unpacks (cloud.google.com/storage/docs/transcoding).
    'accept-encoding': 'gzip',
    'cache-control': 'no-store',
    ...(range && { range: `bytes=${range.start}-${range.end}` }),
  };
  return new Promise((resolve, reject) => {
    const isLocal = url.protocol === 'http:';
    const options = { headers, signal, agent: isLocal ? http : https };
    (isLocal ? httpGet : httpsGet)(url, options, resolve).on('error', reject);
  });
}

/** The credentials, which come from the metadata server, may keep us waiting as well. */
function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
    }),
  ]);
}

async function wordsOf(response: IncomingMessage): Promise<string> {
  let words = '';
  for await (const chunk of response) {
    words += String(chunk);
    if (words.length > WORDS_MAX) break;
  }
  return words.slice(0, WORDS_MAX);
}
