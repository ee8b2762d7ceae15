/** The rules of the house that a machine can hold: who imports whom, how long a file may be, where time comes from. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
// The pages of the console are JavaScript: a browser loads them as they are.
const sources = tracked.filter((file) => file.endsWith('.ts') || /^console\/.*\.js$/.test(file));

const PROGRAMS = ['functions/', 'predictor/', 'emulator/', 'local/', 'cli/', 'console/', 'common/'];

/** What files below the first folder may import: packages are free, of the project only this. */
const BORDERS: [from: string, may: readonly string[]][] = [
  [
    'functions/release/',
    [
      'functions/release/',
      'functions/world.ts',
      'functions/errors.ts',
      'functions/problems.ts',
      'functions/config/',
      'functions/log.ts',
      'common/',
    ],
  ],
  [
    'functions/batch/',
    [
      'functions/batch/',
      'functions/batch-world.ts',
      'functions/release/',
      'functions/world.ts',
      'functions/errors.ts',
      'functions/problems.ts',
      'functions/config/',
      'functions/log.ts',
      'common/',
    ],
  ],
  [
    'functions/google/',
    [
      'functions/google/',
      'functions/world.ts',
      'functions/batch-world.ts',
      'functions/pipelines-world.ts',
      'functions/errors.ts',
      'functions/config/',
      'common/',
    ],
  ],
  ['common/', ['common/']],
  ['functions/', ['functions/', 'common/']],
  ['predictor/', ['predictor/', 'common/']],
  ['emulator/', ['emulator/', 'common/']],
  ['local/', ['local/', 'emulator/', 'common/', 'functions/config/config.ts']],
  ['demo/', ['demo/', 'local/stack.ts', 'common/']],
  [
    'cli/commands/preflight/',
    ['cli/commands/preflight/', 'functions/config/config.ts', 'functions/release/', 'common/'],
  ],
  // The command that starts the console is all that knows of it, and loads it when it runs.
  ['cli/', ['cli/', 'functions/', 'common/']],
  [
    'console/',
    [
      'console/',
      'cli/session.ts',
      'cli/commands/',
      'cli/ledger-view/',
      'cli/terminal/',
      'functions/',
      'common/',
    ],
  ],
  ['scripts/', ['scripts/', ...PROGRAMS]],
  ['bench/', ['bench/', 'scripts/', ...PROGRAMS, 'test/predictor/models.ts', 'test/support/stores/']],
  // What the tests of several rooms share knows none of these rooms.
  ['test/support/', ['test/support/', 'scripts/', 'demo/', ...PROGRAMS]],
];

describe('borders', () => {
  it.each(BORDERS)('%s imports nothing but its own', (from, may) => {
    const strays = sources
      .filter((file) => BORDERS.find(([room]) => file.startsWith(room))?.[0] === from)
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => !may.some((allowed) => target.startsWith(allowed)));
    expect(strays).toEqual([]);
  });
});

describe('files', () => {
  it('are short', () => {
    const long = sources
      .filter((file) =>
        /^(common|functions|predictor|emulator|local|cli|console|demo|scripts|bench|test)\//.test(file),
      )
      .filter((file) => read(file).split('\n').length > 300);
    expect(long).toEqual([]);
  });

  it('have no barrel, no utils.ts and no default export but where a tool wants one', () => {
    expect(sources.filter((file) => /(^|\/)utils?\.ts$/.test(file))).toEqual([]);
    const barrels = sources.filter((file) => /^export \* from/m.test(read(file)));
    expect(barrels).toEqual([]);
    const defaults = sources.filter((file) => /^export default/m.test(read(file)));
    const wanted =
      /^(vitest\.config\.ts|test\/closing-line\.ts|predictor\/handlers\/.*|test\/e2e\/handlers\/.*)$/;
    expect(defaults.filter((file) => !wanted.test(file))).toEqual([]);
  });
});

describe('the reading path', () => {
  it('explains a release in at most 500 lines of source', () => {
    const [, section = ''] = read('docs/architecture.md').split('## Where to start reading\n');
    const story = [...section.matchAll(/^\d+\. \[(functions\/[^\]]+)\]/gm)].map(([, file = '']) => file);
    expect(story.length).toBeGreaterThan(2);
    const contributing = read('CONTRIBUTING.md');
    expect(story.filter((file) => !contributing.includes(`\`${file}\``))).toEqual([]);
    const lines = story.reduce((sum, file) => sum + read(file).trimEnd().split('\n').length, 0);
    expect(lines).toBeLessThanOrEqual(500);
  });
});

describe('the engine', () => {
  it('takes time and chance as arguments', () => {
    const reading =
      /Date\.now\(|new Date\(\)|setTimeout\(|setInterval\(|Math\.random\(|randomUUID\(|performance\.now\(/;
    const engine = sources.filter((file) => /^functions\/(release|batch)\//.test(file));
    expect(engine.length).toBeGreaterThan(5);
    expect(engine.filter((file) => reading.test(read(file)))).toEqual([]);
  });
});

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** The project's own files that a file imports, relative to the root. */
function importsOf(file: string): string[] {
  const specifiers = [...read(file).matchAll(/(?:from|import) '(\.[^']+)'/g)].map(
    ([, specifier = '']) => specifier,
  );
  return specifiers.map((specifier) => normalize(join(dirname(file), specifier)));
}
