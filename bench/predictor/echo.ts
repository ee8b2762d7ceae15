/**
 * The bar: Fastify answering with the body it got, and nothing else. With DEFERRED=1 the answers of one turn of
 * the event loop are sent together, which is what any server that batches can reach at best.
 */
import fastify, { type FastifyReply } from 'fastify';

const app = fastify();
let waiting: { reply: FastifyReply; body: unknown }[] = [];

function sendAll(): void {
  const turn = waiting;
  waiting = [];
  for (const { reply, body } of turn) void reply.send(body);
}

app.get('/health', (_request, reply) => {
  void reply.send({});
});
app.post('/predict', (request, reply) => {
  if (process.env['DEFERRED'] !== '1') {
    void reply.send(request.body);
    return;
  }
  if (waiting.length === 0) setImmediate(sendAll);
  waiting.push({ reply, body: request.body });
});

await app.listen({ port: Number(process.env['AIP_HTTP_PORT']), host: '127.0.0.1' });
