/** What `npm start` prints once the stack is up: where it is, and what to paste. */
import type { Stack } from './stack.ts';

const USUAL_URL = 'http://127.0.0.1:9400';

export function instructions(
  { url, config, env }: Pick<Stack, 'url' | 'config' | 'env'>,
  console: string,
): string {
  const service = config.services[0]?.name ?? '';
  const [bucket = ''] = config.artifactBuckets;
  const { project, region, topics } = config;
  const location = `projects/${project}/locations/${region}`;
  const data = Buffer.from(JSON.stringify({ service })).toString('base64');
  const slipway = `npx slipway ${url === USUAL_URL ? '--local' : `--local=${url}`}`;
  return `
Slipway is up at ${url} (project ${project}, region ${region}). Ctrl-C ends it.

Watch and steer releases in a browser:
  ${console}
Land an artifact and follow its release:
  ${slipway} land examples/breast-cancer/artifacts/v1 --service ${service} --as v1 --watch
See what is live, or ask for a release of the newest artifact:
  ${slipway} status
  ${slipway} release ${service} --watch
Predict, once the release is Live:
  ENDPOINT=$(curl -sS '${url}/v1/${location}/endpoints?filter=display_name=${service}' | grep -o 'projects/[^"]*/endpoints/[0-9a-z-]*' | head -1)
  curl -sS "${url}/v1/$ENDPOINT:predict" --json @examples/breast-cancer/request.json

The same with curl alone: an artifact, its marker last, and a request:
  curl -sS '${url}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${service}/v1/model.onnx' \\
    --data-binary @examples/breast-cancer/artifacts/v1/model.onnx
  curl -sS '${url}/v1/projects/${project}/topics/${topics.requests}:publish' \\
    --json '{"messages":[{"data":"${data}"}]}'
For gcloud:
  export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=${url}/storage/v1/
  export CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB=${url}/
  export CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM=${url}/
  export CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true CLOUDSDK_CORE_PROJECT=${project}
For the client libraries and the functions:
${Object.entries(env)
  .map(([name, value]) => `  export ${name}=${value}`)
  .join('\n')}

`;
}
