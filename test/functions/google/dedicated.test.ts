/** Where predictions go: to a dedicated endpoint's own host, with the official clients against a gRPC server. */
import { Server, ServerCredentials, type ServerUnaryCall } from '@grpc/grpc-js';
import type { protobuf } from 'google-gax';
import { expect, it, onTestFinished } from 'vitest';
import { loadProtos } from '../../../emulator/grpc/protos.ts';
import { parseConfig } from '../../../functions/config/config.ts';
import { googleWorld } from '../../../functions/google/world.ts';
import type { World } from '../../../functions/world.ts';
import { GOOD } from '../config/samples.ts';

const PACKAGE = 'google.cloud.aiplatform.v1';
const ENDPOINT = 'projects/my-project/locations/us-central1/endpoints/717406799';
const DNS = '717406799.us-central1-123.prediction.vertexai.goog';

type Call = ServerUnaryCall<protobuf.Message, protobuf.Message>;
type Answers = Record<string, (call: Call) => object>;

/** A server that gives these answers, and the engine's world on it. */
async function worldOn(answers: Answers): Promise<World> {
  const root = await loadProtos({
    module: '@google-cloud/aiplatform/build/protos/protos.json',
    package: PACKAGE,
    services: ['EndpointService', 'PredictionService'],
  });
  const server = new Server();
  for (const [path, answer] of Object.entries(answers)) {
    const [service = '', method = ''] = path.split('.');
    const { resolvedRequestType, resolvedResponseType } = root
      .lookupService(`${PACKAGE}.${service}`)
      .methodsArray.map((found) => found.resolve() as protobuf.Method)
      .find(({ name }) => name === method) ?? { resolvedRequestType: null, resolvedResponseType: null };
    if (resolvedRequestType === null || resolvedResponseType === null) throw new Error(`no ${path}`);
    const definition = {
      path: `/${PACKAGE}.${service}/${method}`,
      requestStream: false,
      responseStream: false,
      requestDeserialize: (bytes: Buffer) => resolvedRequestType.decode(bytes),
      requestSerialize: (message: protobuf.Message) =>
        Buffer.from(resolvedRequestType.encode(message).finish()),
      responseDeserialize: (bytes: Buffer) => resolvedResponseType.decode(bytes),
      responseSerialize: (message: protobuf.Message) =>
        Buffer.from(resolvedResponseType.encode(message).finish()),
    };
    server.addService(
      { [method]: definition },
      {
        [method]: (call: Call, done: (error: null, message: protobuf.Message) => void) => {
          done(null, resolvedResponseType.fromObject(answer(call)));
        },
      },
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  onTestFinished(() => server.forceShutdown());
  return googleWorld(parseConfig(GOOD), { VERTEX_EMULATOR_HOST: `127.0.0.1:${port}` });
}

/** Answers predictions where it was asked, and by which header. */
function answering(endpoint: object): { answers: Answers; asked: (string | undefined)[][] } {
  const asked: (string | undefined)[][] = [];
  const answers: Answers = {
    'EndpointService.GetEndpoint': () => ({ name: ENDPOINT, displayName: 'churn', ...endpoint }),
    'PredictionService.Predict': (call) => {
      asked.push([call.getHost().split(':')[0], call.metadata.get('x-vertex-ai-endpoint-id')[0]?.toString()]);
      return { predictions: [{ numberValue: 1 }, { numberValue: Number.NaN }], deployedModelId: '11' };
    },
  };
  return { answers, asked };
}

it('asks a dedicated endpoint at its own host, whether or not it was read before', async () => {
  const { answers, asked } = answering({
    dedicatedEndpointEnabled: true,
    dedicatedEndpointDns: `https://${DNS}`,
  });
  const { vertex } = await worldOn(answers);
  await expect(vertex.predict(ENDPOINT, [1])).resolves.toMatchObject({ deployedModel: '11' });
  expect(await vertex.getEndpoint(ENDPOINT)).toMatchObject({ dedicatedDns: DNS, isPrivate: false });
  await vertex.predict(ENDPOINT, [1]);
  expect(asked).toEqual([
    [DNS, '717406799'],
    [DNS, '717406799'],
  ]);
});

it('asks a shared endpoint at the host of the region', async () => {
  const { answers, asked } = answering({});
  const { vertex } = await worldOn(answers);
  await vertex.predict(ENDPOINT, [1]);
  expect(asked).toEqual([['127.0.0.1', '717406799']]);
});

it('asks no private endpoint', async () => {
  const { answers, asked } = answering({
    privateServiceConnectConfig: { enablePrivateServiceConnect: true, projectAllowlist: ['p'] },
  });
  const { vertex } = await worldOn(answers);
  expect(await vertex.getEndpoint(ENDPOINT)).toMatchObject({ isPrivate: true });
  await expect(vertex.predict(ENDPOINT, [1])).rejects.toMatchObject({ status: 'FAILED_PRECONDITION' });
  expect(asked).toEqual([]);
});

it('takes no number that is none for a number: every comparison with it would be false', async () => {
  const { vertex } = await worldOn(answering({}).answers);
  expect(await vertex.predict(ENDPOINT, [1])).toMatchObject({ predictions: [1, 'NaN'] });
});

it.each([{ name: '' }, { deployedModels: [{ model: 'm' }] }])(
  'takes no endpoint that has no name: %j',
  async (more) => {
    const { vertex } = await worldOn(answering(more).answers);
    await expect(vertex.getEndpoint(ENDPOINT)).rejects.toMatchObject({ status: 'UNKNOWN' });
  },
);

it('takes an answer that names no deployed model for none', async () => {
  const { answers } = answering({});
  const { vertex } = await worldOn({ ...answers, 'PredictionService.Predict': () => ({ predictions: [] }) });
  await expect(vertex.predict(ENDPOINT, [1])).rejects.toMatchObject({ status: 'UNKNOWN' });
});

it('looks through every page of a list, and through no list that leads nowhere', async () => {
  const page = (call: Call) => Number(Reflect.get(call.request, 'pageToken') || 0);
  const some = await worldOn({
    'EndpointService.ListEndpoints': (call) => ({
      endpoints: [{ name: `${ENDPOINT}${page(call)}`, displayName: page(call) === 2 ? 'churn' : 'other' }],
      nextPageToken: page(call) < 3 ? String(page(call) + 1) : '',
    }),
  });
  expect(await some.vertex.findEndpoints('projects/my-project/locations/us-central1', 'churn')).toMatchObject(
    [{ name: `${ENDPOINT}2` }],
  );
  const round = await worldOn({
    'EndpointService.ListEndpoints': () => ({ endpoints: [], nextPageToken: 'again' }),
  });
  await expect(
    round.vertex.findEndpoints('projects/my-project/locations/us-central1', 'churn'),
  ).rejects.toMatchObject({ status: 'UNKNOWN' });
});
