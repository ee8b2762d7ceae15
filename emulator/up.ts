/**
 * `npm start`: the local stack, staying up. Prints its address, what to paste for gcloud and curl, and from then on
 * one line for whatever the functions say. Ctrl-C ends every child.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseOperationSeconds } from './operation-seconds.ts';
import { startStack, type Stack } from './stack.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9400' },
    'lro-seconds': { type: 'string', default: 'upload=1,deploy=3,undeploy=1' },
    'allow-host': { type: 'string', multiple: true, default: [] },
    data: { type: 'string' },
    config: { type: 'string', default: fileURLToPath(new URL('../slipway.yaml', import.meta.url)) },
  },
});

let stack: Stack;
try {
  stack = await startStack({
    port: Number(values.port),
    config: values.config,
    hostNames: values['allow-host'],
    operations: parseOperationSeconds(values['lro-seconds']),
    ...(values.data !== undefined && { dataDir: values.data }),
    onFunctionLine: (name, line) => process.stdout.write(`${name.padEnd(10)} ${line}\n`),
  });
} catch (error) {
  process.stderr.write(`slipway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
process.stdout.write(instructions(stack));

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    stack.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`slipway: ${String(error)}\n`);
        process.exit(1);
      },
    );
  });
}

function instructions({ url, config, env }: Stack): string {
  const service = config.services[0]?.name ?? '';
  const [bucket = ''] = config.artifactBuckets;
  const { project, region, topics } = config;
  const location = `projects/${project}/locations/${region}`;
  const data = Buffer.from(JSON.stringify({ service })).toString('base64');
  return `
Slipway is up at ${url} (project ${project}, region ${region}). Ctrl-C ends it.

For gcloud:
  export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=${url}/storage/v1/
  export CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB=${url}/
  export CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM=${url}/
  export CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true CLOUDSDK_CORE_PROJECT=${project}
For the client libraries and the functions:
${Object.entries(env)
  .map(([name, value]) => `  export ${name}=${value}`)
  .join('\n')}

Land an artifact, its marker last:
  curl -sS '${url}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${service}/v1/model.onnx' \\
    --data-binary @examples/breast-cancer/artifacts/v1/model.onnx
Ask for a release of the newest artifact:
  curl -sS '${url}/v1/projects/${project}/topics/${topics.requests}:publish' \\
    --json '{"messages":[{"data":"${data}"}]}'
Predict, once the release is Live:
  ENDPOINT=$(curl -sS '${url}/v1/${location}/endpoints?filter=display_name=${service}' | grep -o 'projects/[^"]*/endpoints/[0-9a-z-]*' | head -1)
  curl -sS "${url}/v1/$ENDPOINT:predict" --json @examples/breast-cancer/request.json

`;
}
