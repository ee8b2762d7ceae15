/** Draws what one caller does: the rows of a request, what must come back, and how the caller behaves. */
import type { Chance } from '../../support/random.ts';
import { difference } from './compare.ts';
import type { Reply } from './connection.ts';
import { type Subject, several } from './subject.ts';

/** plain: waits for the reply. twice: sends it again at once. pieces: sends it in parts. The others hang up. */
export type Manner = 'plain' | 'twice' | 'pieces' | 'cut short' | 'gone';

export interface Call {
  readonly body: string | Uint8Array;
  readonly rows: number;
  readonly manner: Manner;
  /** What is wrong with a reply, in words, or null. */
  readonly wrong: (reply: Reply) => string | null;
  /** What the request is, for the table. */
  readonly sort: 'good' | 'bad' | 'failing' | 'garbage';
}

/** A reply has at least a digit and a comma an element, and at most this many characters. */
const ELEMENT_MAX = 25;
const BODY_BYTES_MAX = 1_572_864;

export function drawCall(subject: Subject, draws: Chance): Call {
  const manner = drawManner(draws);
  const rows = draws.chance('many', 0.1)
    ? draws.whole('rows', 1, subject.mostRows)
    : draws.whole('few', 1, 4);
  const questions = several(rows, () => subject.good(draws));
  const instances = questions.map(({ instance }) => instance);
  const common = { rows, manner };

  const sort = draws.next('sort');
  if (sort < 0.05) {
    const body = garble(Buffer.from(JSON.stringify({ instances })), draws);
    // Not twice: a server may close the connection after what it could not read.
    return {
      ...common,
      manner: manner === 'twice' ? 'plain' : manner,
      body,
      sort: 'garbage',
      wrong: refusedOrAnswered,
    };
  }
  if (sort < 0.2) {
    const bad = new Set(several(draws.whole('bads', 1, 2), () => draws.whole('place', 0, rows - 1)));
    for (const at of bad) instances[at] = subject.bad(draws);
    return { ...common, body: bodyOf(instances), sort: 'bad', wrong: (reply) => notRefused(reply, bad) };
  }
  if (subject.failing !== undefined && sort < 0.4) {
    instances[draws.whole('place', 0, rows - 1)] = subject.failing(draws);
    return { ...common, body: bodyOf(instances), sort: 'failing', wrong: notFailed };
  }
  const answers = questions.map(({ answer }) => answer);
  return { ...common, body: bodyOf(instances), sort: 'good', wrong: (reply) => notAnswered(reply, answers) };
}

function drawManner(draws: Chance): Manner {
  const manner = draws.next('manner');
  if (manner < 0.03) return 'cut short';
  if (manner < 0.08) return 'gone';
  if (manner < 0.11) return 'twice';
  return manner < 0.14 ? 'pieces' : 'plain';
}

function bodyOf(instances: readonly unknown[]): string {
  return JSON.stringify({ instances });
}

/** A body that is almost one: a byte flipped, a part cut out or said twice. */
function garble(body: Buffer, draws: Chance): Uint8Array {
  const at = draws.whole('garbled', 0, body.length - 1);
  const how = draws.whole('how', 0, 4);
  if (how === 0) return body.subarray(0, at);
  if (how === 1) return Buffer.concat([body, body.subarray(at)]);
  if (how === 2) return Buffer.concat([body.subarray(0, at), body.subarray(at + draws.whole('cut', 1, 5))]);
  if (how === 3) return Buffer.from('['.repeat(draws.whole('depth', 1, 100_000)));
  const flipped = Buffer.from(body);
  flipped[at] = draws.whole('byte', 0, 255);
  return flipped;
}

function notAnswered({ status, body }: Reply, answers: readonly unknown[]): string | null {
  const elements = answers.reduce<number>((sum, answer) => sum + elementsOf(answer), 0);
  if (status === 413 && elements * ELEMENT_MAX > BODY_BYTES_MAX) return null;
  if (status !== 200) return `expected 200, got ${status} ${body.slice(0, 300)}`;
  if (elements * 2 > BODY_BYTES_MAX) return `expected 413 for ${elements} elements, got 200`;
  const found = difference(answers, predictionsOf(body));
  return found === null ? null : `wrong answer: ${found}`;
}

function notRefused({ status, body }: Reply, bad: ReadonlySet<number>): string | null {
  if (status !== 400)
    return `expected 400 for rows ${[...bad].join(', ')}, got ${status} ${body.slice(0, 300)}`;
  const named = /instances\[(\d+)\]/.exec(body)?.[1];
  if (named !== undefined && bad.has(Number(named))) return null;
  return `expected one of the rows ${[...bad].join(', ')} to be named, got ${body.slice(0, 300)}`;
}

function notFailed({ status, body }: Reply): string | null {
  return status === 500 && body.includes('errorId')
    ? null
    : `expected 500 and an errorId, got ${status} ${body.slice(0, 300)}`;
}

/** What was garbled may still be a request; but it is never the server's fault. */
function refusedOrAnswered({ status, body }: Reply): string | null {
  return [200, 400, 413].includes(status)
    ? null
    : `expected 200, 400 or 413, got ${status} ${body.slice(0, 300)}`;
}

function predictionsOf(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && 'predictions' in parsed
      ? parsed.predictions
      : parsed;
  } catch {
    return body.slice(0, 200);
  }
}

function elementsOf(answer: unknown): number {
  if (!Array.isArray(answer)) return 1;
  const [first] = answer;
  if (!Array.isArray(first)) return answer.length;
  return answer.reduce<number>((sum, part) => sum + elementsOf(part), 0);
}
