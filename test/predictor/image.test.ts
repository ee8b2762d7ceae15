/** There may be no Docker here: the image is checked by its recipe, and what the recipe runs is run. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { healthOf, predictBy, startPredictor, writeArtifact } from './process.ts';
import * as models from './models.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const recipe = readFileSync(join(ROOT, 'predictor/Dockerfile'), 'utf8');
const stages = recipe.split(/^(?=FROM )/m).filter((part) => part.startsWith('FROM '));
const final = stages.at(-1) ?? '';

describe('the Dockerfile', () => {
  test('builds in one stage and serves from another, both on the same pinned slim Node 24', () => {
    const images = stages.map((stage) => /^FROM (\S+)/.exec(stage)?.[1]);
    expect(images).toHaveLength(2);
    expect(new Set(images).size).toBe(1);
    expect(images[0]).toMatch(/^node:24\.\d+\.\d+-[a-z]+-slim@sha256:[0-9a-f]{64}$/);
  });

  test('serves as a user without rights, from files that are not its own', () => {
    // The image's own user node, by number: a policy that wants runAsNonRoot reads no names.
    expect(final).toMatch(/^USER 1000$/m);
    expect(final).toMatch(/^COPY --from=build --chown=root:root /m);
    expect(final.indexOf('USER 1000')).toBeGreaterThan(final.indexOf('COPY'));
  });

  test('keeps only the binaries for Linux on x64', () => {
    const command = /^RUN (mkdir -p [^]*?)\n\n/m.exec(recipe)?.[1] ?? '';
    const app = mkdtempSync(join(tmpdir(), 'image-'));
    execFileSync('sh', ['-ec', command.replaceAll('\\\n', '').replaceAll('/app', app)], { cwd: ROOT });
    const kept = execFileSync('find', [join(app, 'node_modules/onnxruntime-node/bin'), '-type', 'f'], {
      encoding: 'utf8',
    });
    expect(
      kept
        .trim()
        .split('\n')
        .toSorted()
        .map((path) => path.replace(/^.*\/bin\//, '')),
    ).toEqual(['napi-v6/linux/x64/libonnxruntime.so.1', 'napi-v6/linux/x64/onnxruntime_binding.node']);
    rmSync(app, { recursive: true });
  });

  test('brings handlers and what they import, as they are', () => {
    expect(recipe).toMatch(/^COPY predictor\/handler\.ts \/app\/handler\.ts$/m);
    expect(recipe).toMatch(/^COPY predictor\/handlers \/app\/handlers$/m);
    expect(recipe).toContain(`echo '{"type":"module"}' > /app/package.json`);
  });

  test('starts what the bundle has', () => {
    expect(/^ENTRYPOINT (.*)$/m.exec(final)?.[1]).toBe('["node", "--max-semi-space-size=8", "main.js"]');
  });
});

describe('the bundle', () => {
  const app = mkdtempSync(join(tmpdir(), 'bundle-'));
  afterAll(() => rmSync(app, { recursive: true }));

  test('serves by itself, with a trial, a model thread and a handler beside it', async () => {
    execFileSync(process.execPath, ['predictor/bundle.ts', app], { cwd: ROOT });
    symlinkSync(join(ROOT, 'node_modules'), join(app, 'node_modules'));
    writeFileSync(join(app, 'package.json'), '{"type":"module"}');
    copyFileSync(join(ROOT, 'predictor/handler.ts'), join(app, 'handler.ts'));
    mkdirSync(join(app, 'handlers'));
    writeFileSync(
      join(app, 'handlers/same.ts'),
      "import { defineHandler } from '../handler.ts';\nexport default defineHandler({ before: ({ instances }) => instances });\n",
    );
    const uri = writeArtifact({ 'model.onnx': models.logistic(1) });
    const env = { SLIPWAY_MODEL_THREAD: 'worker', SLIPWAY_HANDLER: join(app, 'handlers/same.ts') };
    const running = await startPredictor(uri, env, join(app, 'main.js'));
    await vi.waitFor(async () => expect(await healthOf(running)).toMatchObject({ code: 200 }), 20_000);
    expect((await predictBy(running, [[1], [2]])).status).toBe(200);
    running.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });
});
