/**
 * The two files that run in production: the functions, and the Functions Framework that serves them. The framework
 * is a file of its own because the platform starts it, and both must share its registry of functions.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import type { protobuf } from 'google-gax';
import { pruneProtos } from './prune-protos.ts';

export const FRAMEWORK = '@google-cloud/functions-framework';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUNTIME = join(import.meta.dirname, 'runtime');

/** Module that reads a protos JSON → the service it needs of it. */
const CLIENTS = new Map([
  ['endpoint_service_client.js', 'google.cloud.aiplatform.v1.EndpointService'],
  ['job_service_client.js', 'google.cloud.aiplatform.v1.JobService'],
  ['model_service_client.js', 'google.cloud.aiplatform.v1.ModelService'],
  ['pipeline_service_client.js', 'google.cloud.aiplatform.v1.PipelineService'],
  ['prediction_service_client.js', 'google.cloud.aiplatform.v1.PredictionService'],
  ['publisher_client.js', 'google.pubsub.v1.Publisher'],
  ['operationsClient.js', 'google.longrunning.Operations'],
  ['locationService.js', 'google.cloud.location.Locations'],
  ['iamService.js', 'google.iam.v1.IAMPolicy'],
]);

/** Each client gets protos of its own, so that the first one does not pay for the others. */
const prunedProtos: Plugin = {
  name: 'pruned-protos',
  setup(build) {
    const read = new Map<string, Promise<protobuf.INamespace>>();
    build.onResolve({ filter: /[/\\]protos[/\\]\w+\.json$/ }, ({ path, importer, resolveDir }) => {
      const service = CLIENTS.get(basename(importer));
      return service === undefined ? null : { path: join(resolveDir, path), suffix: `?${service}` };
    });
    build.onLoad({ filter: /\.json$/ }, async ({ path, suffix }) => {
      if (suffix === '') return null;
      const parsed = read.get(path) ?? readFile(path, 'utf8').then((json) => JSON.parse(json));
      read.set(path, parsed);
      const protos = pruneProtos(await parsed, [suffix.slice(1)]);
      if (protos.nested === undefined) throw new Error(`expected ${suffix.slice(1)} in ${path}`);
      return { contents: JSON.stringify(protos), loader: 'json' };
    });
  },
};

/** What is built at every start and never used, replaced by something that costs nothing. */
const unusedParts: Plugin = {
  name: 'unused-parts',
  setup(build) {
    // Descriptors of every message, which a gRPC server shows to those who ask; proto-loader makes them for clients too.
    build.onLoad({ filter: /protobufjs[/\\]ext[/\\]descriptor[/\\]index\.js$/ }, () => ({
      contents: `
        const { Root, Type, Enum } = require('protobufjs');
        const descriptor = () => ({ $type: { toObject: () => ({}) }, file: [] });
        for (const kind of [Root, Type, Enum]) kind.prototype.toDescriptor = descriptor;`,
      resolveDir: ROOT,
    }));
    // Classes of the IAM and locations mixins, which google-gax only hands on.
    build.onLoad({ filter: /google-gax[/\\]build[/\\]protos[/\\](iam_service|locations)\.js$/ }, () => ({
      contents: '',
    }));
  },
};

/** Writes index.cjs, warm.cjs, framework/index.js and framework/main.js into `out`. */
export async function bundle(out: string): Promise<void> {
  await Promise.all([
    build({
      ...OPTIONS,
      entryPoints: [join(ROOT, 'functions/index.ts')],
      outfile: join(out, 'index.cjs'),
      external: [FRAMEWORK],
      plugins: [prunedProtos, unusedParts],
    }),
    build({
      ...OPTIONS,
      // The command serves as soon as it is loaded.
      stdin: {
        contents: `
          module.exports = { ...require('./index.js'), serve: () => void require('./main.js') };`,
        resolveDir: join(ROOT, 'node_modules', FRAMEWORK, 'build/src'),
      },
      outfile: join(out, 'framework/index.js'),
    }),
    build({
      ...OPTIONS,
      entryPoints: [join(RUNTIME, 'main.ts')],
      outfile: join(out, 'framework/main.js'),
      external: ['./index.js'],
    }),
    build({
      ...OPTIONS,
      entryPoints: [join(RUNTIME, 'warm.ts')],
      outfile: join(out, 'warm.cjs'),
    }),
  ]);
}

const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // Paths are part of the output: they must not depend on where linked packages really are.
  preserveSymlinks: true,
  // Names stay: a stack trace in production is to be read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
} satisfies BuildOptions;
