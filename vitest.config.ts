import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The parts of the suite that start processes, listen on ports or play long scenarios, the longest first. What is in
 * none of them is the part `unit`, the inner loop: `npm run test:unit`.
 */
const PARTS = {
  e2e: [
    'test/e2e/**',
    'test/cli/local.test.ts',
    'test/cli/steer-local.test.ts',
    'test/console/stack.test.ts',
    'test/demo/**',
  ],
  soak: ['test/soak/**'],
  contract: ['test/contract/**', 'test/clients/**', 'test/functions/index.test.ts'],
  docs: ['test/docs/**', 'test/examples/**'],
  bundle: ['test/scripts/**'],
  terraform: ['test/terraform/**', 'test/cloudbuild.test.ts'],
  predictor: [
    'test/predictor/main.test.ts',
    'test/predictor/app*.test.ts',
    'test/predictor/image.test.ts',
    'test/predictor/allocator.test.ts',
    'test/predictor/artifact/{bucket,objects}.test.ts',
    // Its stand-ins for modules hold only where no other file has loaded them.
    'test/predictor/features/stores/postgres-address.test.ts',
    'test/predictor/cases/**',
    'test/predictor/fuzz/**',
    'test/predictor/processes/serving.test.ts',
  ],
  emulator: ['test/emulator/**'],
  google: [
    'test/console/{actions,data,door,hostile-text,live,other-page,pages,viewers}.test.ts',
    'test/functions/google/**',
    'test/functions/intake/bad-input/**',
    'test/cli/commands/preflight/main.test.ts',
    'test/cli/commands/land/land.test.ts',
    'test/cli/main.test.ts',
    'test/local/up.test.ts',
  ],
  simulation: [
    'test/sim/**',
    'test/bench/**',
    'test/functions/intake/bursts.test.ts',
    'test/functions/release/plan-enumeration.test.ts',
    'test/functions/release/diagnosis/regular-expressions.test.ts',
  ],
};

/** Those that start whole stacks: they run what is deployed, functions and predictor as `npm run build` and the image have them. */
const BUILT = new Set(['e2e', 'soak', 'bundle', 'predictor', 'docs']);

/** Those whose files may follow one another in one process, which has Google's clients and the emulator loaded. */
const SHARED = new Set(['emulator', 'google', 'contract']);

/** They wait for a minute and more while they use little CPU: they begin first, and all others run beside them. */
const SLOWEST = ['test/docs/readme.test.ts', 'test/soak/soak.test.ts', 'test/e2e/releases.test.ts'];

const tests = (folders: readonly string[]) =>
  folders.map((folder) => (folder.endsWith('**') ? `${folder}/*.test.ts` : folder));

/** Begins with the slowest files and the longest part, so that no long file is left for one worker in the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const names = [...Object.keys(PARTS), 'unit'];
    const isSlowest = ({ moduleId }: TestSpecification) => SLOWEST.some((file) => moduleId.endsWith(file));
    const place = (file: TestSpecification) => (isSlowest(file) ? -1 : names.indexOf(file.project.name));
    return files.toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/closing-line.ts'],
    // Tests own real servers and child processes, so forks keep them apart. They wait for those half of their time: five
    // share two cores.
    pool: 'forks',
    maxWorkers: 5,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 20_000 } },
    projects: [
      ...Object.entries(PARTS).map(([name, folders]) => ({
        extends: true as const,
        test: {
          name,
          include: tests(folders),
          isolate: !SHARED.has(name),
          globalSetup: BUILT.has(name) ? ['./test/support/build-once.ts'] : [],
          // What tests start finds its modules compiled by the first one; the bundle brings a cache of its own.
          env: name === 'bundle' ? {} : { NODE_COMPILE_CACHE: join(tmpdir(), 'slipway-compile-cache') },
        },
      })),
      {
        extends: true as const,
        test: {
          name: 'unit',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: tests(Object.values(PARTS).flat()),
        },
      },
    ],
  },
});
