/**
 * package.json and package-lock.json of the functions. Nothing is fetched to install them: the one dependency is the
 * Functions Framework's folder beside them, a local module as Cloud Functions takes it
 * (https://cloud.google.com/functions/docs/writing/specifying-dependencies-nodejs).
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { FRAMEWORK } from './bundle.ts';

const require = createRequire(import.meta.url);

/** Writes the manifests, and the link that `npm ci` makes from them, so that the folder runs as it is. */
export function writeManifests(out: string): void {
  const root = {
    name: 'slipway-functions',
    version: require('../../package.json').version,
    // Not >=24: a builder that chooses the newest Node would leave the one that was tested.
    engines: { node: '24.x' },
    dependencies: { [FRAMEWORK]: 'file:framework' },
  };
  const framework = {
    name: FRAMEWORK,
    version: require(join(dirname(require.resolve(FRAMEWORK)), '../../package.json')).version,
    bin: { 'functions-framework': 'main.js' },
  };
  write(out, 'package.json', {
    ...root,
    private: true,
    main: 'index.cjs',
    // Cloud Build runs it once everything is installed.
    scripts: { 'gcp-build': 'node warm.cjs' },
  });
  write(out, 'framework/package.json', { ...framework, main: 'index.js' });
  const { name, version } = root;
  write(out, 'package-lock.json', {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': root,
      framework,
      [`node_modules/${FRAMEWORK}`]: { resolved: 'framework', link: true },
    },
  });
  const link = join(out, 'node_modules', FRAMEWORK);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync('../../framework', link, 'junction');
}

function write(out: string, name: string, value: object): void {
  writeFileSync(join(out, name), `${JSON.stringify(value, null, 2)}\n`);
}
