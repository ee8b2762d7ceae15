/** What is quoted of a container's log, and what never is. */
import { describe, expect, it } from 'vitest';
import { explainDeployment } from '../../../../functions/release/diagnosis/causes.ts';
import { pino, refused } from './deployment-errors.ts';

describe('what is quoted', () => {
  const detailOf = (lines: readonly string[], message = 'Model server exited unexpectedly.') =>
    explainDeployment({ status: 'FAILED_PRECONDITION', message }, lines).detail;

  it("is the operation's own words, and then what tells, not what does not", () => {
    expect(
      detailOf([
        pino('INFO', 'model loaded'),
        '10.0.0.1 - - "GET /health HTTP/1.1" 200 -',
        'Traceback (most recent call last):',
        '  File "/app/error.py", line 9, in load',
        '    raise ValueError("no")',
        '\u001B[31mValueError: \u0007no\u001B[0m',
      ]),
    ).toBe('FAILED_PRECONDITION: Model server exited unexpectedly.\nValueError: no');
  });

  it('has the evidence in it, however much was said after it', () => {
    const after = Array.from({ length: 50 }, (_, i) => `error: retry ${i} ${'x'.repeat(99)}`);
    const detail = detailOf(['MemoryError', ...after], 'no '.repeat(900));
    expect(detail).toContain('\nMemoryError\n');
    expect(detail).toContain('retry 49');
    expect(detail.split('\n')).toHaveLength(6);
  });

  it('says once what an error and its cause both say', () => {
    const line = refused('expected an ONNX model, got: the file ends', 'the file ends');
    expect(detailOf([line]).split('\n')[1]).toBe('model refused: expected an ONNX model, got: the file ends');
  });

  it('is the last lines where none tells', () => {
    expect(detailOf(['starting', 'loading'])).toBe(
      'FAILED_PRECONDITION: Model server exited unexpectedly.\nstarting\nloading',
    );
  });

  it.each([
    'error: https://storage.googleapis.com/b/o?X-Goog-Algorithm=G&X-Goog-Credential=c&X-Goog-Signature=5EC12E7',
    'error: token ya29.5EC12E7',
    'error: authorization: Bearer 5EC12E7',
    'error: ya2\u001B[0m9.5EC12E7',
    'error: ya\u200B29.5EC12E7',
    pino('ERROR', 'failed', { err: { message: 'Bearer\u00205EC12E7' } }),
    'error: postgres://user:5EC12E7@host/db',
    'error: DB_PASSWORD=5EC12E7',
    'error: password = 5EC12E7',
    'error: api_key: "5EC12E75EC12E7555"',
    '-----BEGIN PRIVATE KEY-----\nerror5EC12E7\n-----END PRIVATE KEY-----',
    `5EC12E7${'error'.repeat(12)}`,
  ])('is never a secret: %j', (line) => {
    const detail = detailOf([line, 'error: after', 'MemoryError']);
    expect(detail).not.toContain('5EC12E7');
    expect(detail).toContain('error: after');
    expect(detailOf([], `It failed with ${line}`)).not.toContain('5EC12E7');
  });

  it.each([
    'SyntaxError: Unexpected token: <',
    `error: expected SHA-256 ${'ab12'.repeat(16)} by manifest.json`,
    'error: projects/222353697986/locations/us-central1/endpoints/717406799',
  ])('is all that is no secret: %s', (text) => {
    expect(detailOf([text], text)).toBe(`FAILED_PRECONDITION: ${text}\n${text}`);
  });

  it.each([
    ['huge', ['x'.repeat(5_000_000), `error ${'y '.repeat(2_000_000)}`]],
    ['many', Array.from({ length: 100_000 }, (_, i) => `error ${i}`)],
    ['binary', ['\u0000\u0001\u0002\uFFFD\uFFFD\uFFFD\uFFFD', '\uD800error', 'error \uDFFF']],
    [
      'JSON that is not what it seems',
      [
        '{"__proto__":{"severity":"INFO"},"message":"error"}',
        '{',
        '{}',
        '{"message":{"a":1}}',
        '{"message":"error","severity":{"toString":1}}',
        '[1]',
        'null',
      ],
    ],
    ['deep', [`{"message":${'['.repeat(7_000)}${']'.repeat(7_000)}}`]],
    ['names of objects', ['__proto__', 'constructor', '{"severity":"__proto__","message":"toString"}']],
    [
      'slow to match',
      [`does not have ${'a '.repeat(2_000)}`, `GET /${'a'.repeat(3_900)} HTTP`, '"'.repeat(4_000)],
    ],
  ])('stays bounded and whole where lines are %s', (_, lines) => {
    const { code, detail } = explainDeployment(
      { status: 'FAILED_PRECONDITION', message: lines.join('\n') },
      lines,
    );
    expect(code).toBe('DEPLOY_FAILED');
    expect(detail.length).toBeLessThanOrEqual(1200);
    expect(detail.isWellFormed()).toBe(true);
    expect(detail).toMatch(/^[^\p{Cc}]*(?:\n[^\p{Cc}]+)*$/u);
  });
});
