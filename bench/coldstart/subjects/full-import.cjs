/** The same calls as a tick of a service at rest, on clients imported as their packages' documentation shows. */
const { EndpointServiceClient } = require('@google-cloud/aiplatform');
const { http } = require('@google-cloud/functions-framework');
const { PubSub } = require('@google-cloud/pubsub');
const { Storage } = require('@google-cloud/storage');
const { PassThroughClient } = require('google-auth-library');
const { grpc } = require('google-gax');

const { BENCH_BUCKET, BENCH_OBJECT, BENCH_ENDPOINT, STORAGE_EMULATOR_HOST, VERTEX_EMULATOR_HOST } =
  process.env;
const [apiEndpoint, port] = VERTEX_EMULATOR_HOST.split(':');
const endpoints = new EndpointServiceClient({
  apiEndpoint,
  port: Number(port),
  sslCreds: grpc.credentials.createInsecure(),
  authClient: new PassThroughClient(),
});
const ledger = new Storage({ apiEndpoint: STORAGE_EMULATOR_HOST }).bucket(BENCH_BUCKET).file(BENCH_OBJECT);
const pubsub = new PubSub();

http('onTick', async (_request, response) => {
  await ledger.getMetadata();
  await ledger.download();
  await endpoints.getEndpoint({ name: BENCH_ENDPOINT });
  // A service at rest publishes nothing; made it is all the same.
  void pubsub;
  response.sendStatus(204);
});
