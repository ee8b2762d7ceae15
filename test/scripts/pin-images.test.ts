/** The images that builds start from go by digest, and a command renews the digests. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pinImages } from '../../scripts/pin-images.ts';
import { findPins, PINNED_FILES, writePins } from '../../scripts/pins.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NEW = `sha256:${'ab'.repeat(32)}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-pins-'));
  for (const name of PINNED_FILES) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(join(ROOT, name), join(folder, name));
  }
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('every image of the repository is pinned, and one image in one way', () => {
  const pins = PINNED_FILES.flatMap((name) => findPins(readFileSync(join(ROOT, name), 'utf8')));
  expect(pins.length).toBeGreaterThan(10);
  expect(pins.filter(({ image, digest }) => digest === null || !image.includes(':'))).toEqual([]);
  expect(new Set(pins.map(({ image, digest }) => `${image}@${digest}`)).size).toBe(
    new Set(pins.map(({ image }) => image)).size,
  );
});

test('no other file of the repository starts a build', () => {
  const files = execFileSync('git', ['ls-files', '*Dockerfile*', 'cloudbuild*.yaml'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  // Those of examples are copied into a team's own repository, and pinned there.
  const ours = files
    .trim()
    .split('\n')
    .filter((file) => !file.startsWith('examples/'));
  expect(ours.toSorted()).toEqual(PINNED_FILES.toSorted());
});

test('the command writes what the registry says of the tag, and tells what has changed', () => {
  const asked: string[] = [];
  const lines = pinImages(folder, (image) => {
    asked.push(image);
    return NEW;
  });
  expect(asked.length).toBe(new Set(asked).size);
  expect(lines).toHaveLength(asked.length);
  expect(lines[0]).toMatch(/^node:24\.\d+\.\d+-trixie: sha256:[0-9a-f]{64} → sha256:abab/);
  const pins = PINNED_FILES.flatMap((name) => findPins(readFileSync(join(folder, name), 'utf8')));
  expect(new Set(pins.map(({ digest }) => digest))).toEqual(new Set([NEW]));
  expect(pinImages(folder, () => NEW)).toEqual([]);
});

test('an image that cannot be resolved changes nothing', () => {
  const before = readFileSync(join(folder, 'cloudbuild.yaml'), 'utf8');
  const failing = (image: string): string => {
    if (image.startsWith('node')) return NEW;
    throw new Error('no such manifest');
  };
  expect(() => pinImages(folder, failing)).toThrow('no such manifest');
  expect(readFileSync(join(folder, 'cloudbuild.yaml'), 'utf8')).toBe(before);
});

test.each([
  ['FROM node:24-slim AS build', `FROM node:24-slim@${NEW} AS build`],
  ['    name: node:24-slim\n', `    name: node:24-slim@${NEW}\n`],
  [`--driver-opt image=node:24-slim@sha256:${'0'.repeat(64)}`, `--driver-opt image=node:24-slim@${NEW}`],
  ['# from node:24-slim', '# from node:24-slim'],
  ['FROM node:24-slim-other', 'FROM node:24-slim-other'],
])('%s is written as %s', (text, expected) => {
  expect(writePins(text, new Map([['node:24-slim', NEW]]))).toBe(expected);
});

test('by hand it asks docker', () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // Says no, with docker's words, so that nothing of the repository is changed.
  writeFileSync(join(bin, 'docker'), '#!/bin/sh\necho "denied: $4" >&2\nexit 1\n');
  chmodSync(join(bin, 'docker'), 0o755);
  const ended = spawnSync(process.execPath, [join(ROOT, 'scripts/pin-images.ts')], {
    env: { PATH: `${bin}:${process.env['PATH']}` },
    encoding: 'utf8',
  });
  expect(ended.status).toBe(1);
  expect(ended.stderr).toContain('denied: node:24');
});
