/**
 * Bad input through the real door. Each case is acknowledged (asking again cannot mend it), changes nothing, makes
 * no call to Vertex AI that could, and leaves one line in the log which tells nothing of the payload.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Door, FunctionName, Sent } from '../../support/door.ts';

/** In the payload of most cases, and therefore in no line of the log. */
export const SECRET = 'hunter2-payload';

/** What one case may take. Loose: the machine may have more to do. */
const MS_MAX = 5_000;
const RSS_BYTES_MAX = 300 * 1024 * 1024;
const LINE_CHARS_MAX = 4_000;

export interface Observation {
  readonly status: number;
  readonly text: string;
  readonly changed: boolean;
  readonly mutations: readonly string[];
  readonly lines: readonly { readonly level: string; readonly code: unknown }[];
  readonly printed: readonly string[];
  /** Bounds that did not hold. */
  readonly excess: readonly string[];
}

export async function observe(door: Door, to: FunctionName, sent: Sent): Promise<Observation> {
  const { world, lines } = door.fresh();
  const before = world.snapshot();
  const rss = process.memoryUsage.rss();
  const began = performance.now();
  const { status, text } = await door.send(to, sent);
  const log = JSON.stringify(lines);
  const excess = [
    performance.now() - began > MS_MAX && 'time',
    process.memoryUsage.rss() - rss > RSS_BYTES_MAX && 'memory',
    log.length > LINE_CHARS_MAX && 'a line of the log',
    log.includes(SECRET) && 'the payload in the log',
  ].filter((bound) => bound !== false);
  return {
    status,
    text,
    changed: !isDeepStrictEqual(world.snapshot(), before),
    mutations: world.vertex.mutations,
    lines: lines.map(({ level, fields }) => ({ level, code: fields['code'] ?? null })),
    printed: door.printed(),
    excess,
  };
}

/** What is to be seen. `code`: of the refusal; null: the line says at info level that there is nothing to do. */
export function refusal(code: string | null): Observation {
  const line = { level: code === null ? 'info' : 'warn', code };
  return { status: 204, text: '', changed: false, mutations: [], lines: [line], printed: [], excess: [] };
}
