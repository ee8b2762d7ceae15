/** What a Node team writes first: Fastify, JSON.parse, and one `session.run` a request. MODEL is the path of the model. */
import fastify from 'fastify';
import { InferenceSession, Tensor } from 'onnxruntime-node';

interface Body {
  readonly instances: readonly (readonly number[])[];
}

const session = await InferenceSession.create(process.env['MODEL'] ?? '', {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const app = fastify({ bodyLimit: 16 * 1024 * 1024 });

app.get('/health', (_request, reply) => {
  void reply.send({});
});
app.post<{ Body: Body }>('/predict', async (request) => {
  const { instances } = request.body;
  const columns = instances[0]?.length ?? 0;
  const features = new Tensor('float32', Float32Array.from(instances.flat()), [instances.length, columns]);
  const { label, probabilities } = await session.run({ features });
  const labels = label?.data ?? [];
  const values = probabilities?.data ?? [];
  return {
    predictions: instances.map((_, i) => ({
      label: Number(labels[i]),
      probabilities: [values[2 * i], values[2 * i + 1]],
    })),
  };
});

await app.listen({ port: Number(process.env['AIP_HTTP_PORT']), host: '127.0.0.1' });
