/** A store that dies and comes back: no request hangs, and no answer is wrong. */
import { startSubject } from '../predictor/subject.ts';
import { feastStandin } from './slow.ts';
import type { Measurement } from './sqlite.ts';
import { keyBodies, withStore } from './world.ts';

const HUNG_MS = 1000;
const CALLERS = 16;
const KEYS = 200;

export async function measureDying({ folder, rounds, ms }: Measurement): Promise<string[]> {
  let feast = await startSubject(feastStandin(1));
  const { port } = feast;
  const store = { kind: 'feast', url: `http://127.0.0.1:${port}`, authentication: 'none' } as const;
  const subject = await startSubject(withStore(folder, store));
  const bodies = keyBodies(KEYS);
  const url = `http://127.0.0.1:${subject.port}/predict`;
  const expected: string[] = [];
  for (const body of bodies) expected.push(await answerTo(url, body));

  const counts = { answered: 0, refused: 0, wrong: 0, hung: 0 };
  let isOver = false;
  const call = async (first: number): Promise<void> => {
    for (let i = first; !isOver; i = (i + 1) % KEYS) {
      const start = performance.now();
      const { status, text } = await ask(url, bodies[i] ?? '');
      if (performance.now() - start > HUNG_MS) counts.hung += 1;
      if (status === 503 && text.includes('FEATURES_UNAVAILABLE')) counts.refused += 1;
      else if (status === 200 && isSame(text, expected[i] ?? '')) counts.answered += 1;
      else counts.wrong += 1;
    }
  };
  try {
    const callers = Array.from({ length: CALLERS }, (_, i) => call(i * 7));
    await pause((rounds * ms) / 3);
    await feast.stop();
    await pause((rounds * ms) / 3);
    feast = await startSubject(feastStandin(1), port);
    const back = performance.now();
    while ((await ask(url, bodies[0] ?? '')).status !== 200) await pause(10);
    const backMs = performance.now() - back;
    await pause((rounds * ms) / 3);
    isOver = true;
    await Promise.all(callers);
    return [
      `${counts.hung} hung, ${counts.wrong} wrong (to reach: 0 and 0); ${counts.answered} answered, ${counts.refused} refused with 503, used again ${Math.round(backMs)} ms after it was back`,
    ];
  } finally {
    isOver = true;
    await Promise.all([subject.stop(), feast.stop()]);
  }
}

/** Rows of other requests in a run move the last digit. */
function isSame(text: string, expected: string): boolean {
  const [got, wanted] = [text, expected].map((answer) => (answer.match(/-?\d[\d.e-]*/g) ?? []).map(Number));
  return (
    got?.length === wanted?.length &&
    (got ?? []).every((value, i) => Math.abs(value - (wanted?.[i] ?? 0)) < 1e-5)
  );
}

/** The answer, once there is one. */
async function answerTo(url: string, body: string): Promise<string> {
  for (;;) {
    const { status, text } = await ask(url, body);
    if (status === 200) return text;
    await pause(10);
  }
}

async function ask(url: string, body: string): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
