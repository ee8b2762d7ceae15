/** The examples of docs/cli.md that begin with `slipway --local`, run in the order of the page against one local stack. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { slipwayHere } from '../cli/run-slipway.ts';
import { MODELS, startLocalStack, type LocalStack } from '../support/local-stack.ts';

vi.setConfig({ testTimeout: 120_000 });

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = await readFile(join(ROOT, 'docs/cli.md'), 'utf8');
const SERVICE = 'breast-cancer';

interface Example {
  readonly command: string;
  readonly words: readonly string[];
  /** As the page prints it. */
  readonly lines: readonly string[];
}

const EXAMPLES: readonly Example[] = [...PAGE.matchAll(/```text\n(.*?)```/gs)].flatMap(([, block = '']) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [line = '', ...lines] = text.trimEnd().split('\n');
      return { command: line, words: wordsOf(line), lines };
    }),
);

/** What other tests run: test/cli/commands/, test/e2e/features.test.ts, test/console/. */
const ELSEWHERE = ['batch', 'batches', 'features', 'preflight', 'console'];
const RUN = EXAMPLES.filter(
  ({ command, words }) => command.startsWith('npx slipway --local ') && !ELSEWHERE.includes(words[0] ?? ''),
);

let local: LocalStack;

describe('docs/cli.md', () => {
  beforeAll(async () => {
    // As in slipway.yaml.
    const serving = { machineType: 'n1-standard-2', minReplicas: 1, maxReplicas: 2 };
    local = await startLocalStack({ [SERVICE]: { serving, rollout: { standby: '30m' } } });
  }, 60_000);

  afterAll(() => local.close());

  it('has an example of every command', async () => {
    const { stdout } = await slipwayHere(local, '--help');
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) .*(?:<|\[|\w)/gm)].map(([, name = '']) => name);
    const shown = new Set([...RUN.map(({ words }) => words[0]), ...ELSEWHERE, 'help']);
    expect(commands.length).toBeGreaterThan(15);
    expect(commands.filter((name) => !shown.has(name))).toEqual([]);
    for (const name of ELSEWHERE) expect(PAGE).toMatch(new RegExp(`slipway (--local )?${name}`));
  });

  it.each(RUN)('$command', async ({ words, lines }) => {
    const { exitCode, stdout, stderr } = await slipwayHere(local, ...words);
    const [first = ''] = lines;
    const isRefused = first.startsWith('slipway: ');
    expect([exitCode, stderr === '']).toEqual([isRefused ? 2 : 0, !isRefused]);
    const printed = (isRefused ? stderr : stdout).trimEnd().split('\n');
    // What comes between depends on how long things take; the first line and the last one do not.
    const last = lines.at(-1)?.trim() === '…' ? printed.at(-1) : lines.at(-1);
    expect([printed[0], printed.at(-1)].map(shapeOf)).toEqual([first, last].map(shapeOf));
    // What was asked for has been done.
    await local.allTaken('onRequest');
    await local.allTaken('onTick');
    await local.atRest(SERVICE);
  });
});

function wordsOf(line: string): string[] {
  const words = line.replace(/^npx slipway (--local )?/, '').matchAll(/'([^']*)'|(\S+)/g);
  return [...words].map(([, quoted, plain = '']) =>
    (quoted ?? plain).replace('gs://my-project-models', `gs://${MODELS}`),
  );
}

/** Without what is another number each time. */
function shapeOf(line = ''): string {
  return line
    .replaceAll(/\b(r|b|cli)-[0-9a-f]+\b/g, '$1-N')
    .replaceAll(/(e2e|my)-project/g, 'PROJECT')
    .replaceAll(/\d+(\.\d+)?( (h|m|s|kB|B)\b)?/g, 'N')
    .replaceAll(/N( N)+/g, 'N');
}
