/** Connections of clients that misbehave. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import * as models from './models.ts';
import { portOf, post, serve } from './requests.ts';

describe('clients that misbehave', () => {
  test('pipelined requests are answered in order; an aborted one harms nobody', async () => {
    const { app, lines } = await serve(models.identity('float32'));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const port = portOf(app);
    const raw = (body: string, length = body.length): string =>
      `POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;

    const aborted = connect(port, '127.0.0.1');
    await once(aborted, 'connect');
    aborted.write(raw('{"instances":[[1,', 40));
    aborted.destroy();

    const pipelined = connect(port, '127.0.0.1').setEncoding('utf8');
    let text = '';
    pipelined.on('data', (chunk: string) => {
      text += chunk;
    });
    pipelined.write(
      raw('{"instances":[[1,1]]}') + raw('{"instances":[[2,2]]}') + raw('{"instances":[[3,3]]}'),
    );
    await vi.waitFor(
      () =>
        expect([...text.matchAll(/"predictions":(.*)}/g)].map((match) => match[1])).toEqual([
          '[[1,1]]',
          '[[2,2]]',
          '[[3,3]]',
        ]),
      20_000,
    );
    pipelined.destroy();
    expect(lines).toEqual([]);
  });

  test.each([
    { name: 'no HTTP at all', text: 'HELO x\r\n\r\n', code: 400, message: 'expected an HTTP/1.1 request' },
    {
      name: 'an unknown method',
      text: 'BREW / HTTP/1.1\r\nhost: x\r\n\r\n',
      code: 400,
      message: 'expected an HTTP/1.1 request',
    },
    {
      name: 'two lengths',
      text: 'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{',
      code: 400,
      message: 'expected an HTTP/1.1 request',
    },
    {
      name: 'headers that are too large',
      text: `GET /health HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      code: 431,
      message: 'expected headers of at most 16384 bytes, got more',
    },
    {
      name: 'no Host',
      text: 'GET /health HTTP/1.1\r\n\r\n',
      code: 400,
      message: 'expected a Host header, got none',
    },
    {
      name: 'an unknown expectation',
      text: 'GET /health HTTP/1.1\r\nhost: x\r\nexpect: tea\r\n\r\n',
      code: 417,
      message: 'expected no Expect but 100-continue',
    },
  ])('$name is refused in the form of all other errors', async ({ text, code, message }) => {
    const { app, lines } = await serve(models.logistic(1));
    await app.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect(portOf(app), '127.0.0.1').setEncoding('utf8');
    await once(socket, 'connect');
    socket.write(text);
    let answer = '';
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    await once(socket, 'close');
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    expect(answer.toLowerCase()).toContain('content-type: application/json; charset=utf-8');
    expect(JSON.parse(answer.slice(answer.indexOf('{"error"')).replace(/\r\n.*$/s, '')).error).toMatchObject({
      code,
      message,
    });
    expect(lines).toEqual([]);
  });

  test('a request that drips is ended, and the server goes on', async () => {
    const { app } = await serve(models.logistic(1), { timeoutMs: 500 });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const port = portOf(app);
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    await once(socket, 'connect');
    socket.write(
      'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    const [head] = await once(socket, 'data');
    expect(String(head)).toMatch(/^HTTP\/1\.1 408 /);
    expect(String(head)).toContain('"message":"the request took too long to arrive"');
    expect((await app.inject(post({ instances: [1] }))).statusCode).toBe(200);
  });
});
