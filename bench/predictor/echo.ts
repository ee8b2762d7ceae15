/** The bar: Fastify answering with the body it got, and nothing else. */
import fastify from 'fastify';

const app = fastify({ bodyLimit: 16 * 1024 * 1024 });

app.get('/health', (_request, reply) => {
  void reply.send({});
});
app.post('/predict', (request, reply) => {
  void reply.send(request.body);
});

await app.listen({ port: Number(process.env['AIP_HTTP_PORT']), host: '127.0.0.1' });
