/**
 * Neighbours of the texts in error-texts.json: wordings of vLLM, TGI, Hugging Face, Triton, TorchServe, CUDA, glibc,
 * Docker, Compute Engine and Service Usage, as their sources or their users' issues have them.
 */
import { describe, expect, it } from 'vitest';
import { explainDeployment } from '../../../../functions/release/diagnosis/causes.ts';
import neighbours from './causes-neighbours.json' with { type: 'json' };
import { codeOf, EXITED as E, NEVER_READY as N, pino } from './deployment-errors.ts';

it.each(neighbours)('$want: $message $lines', ({ want, message, lines = [] }) => {
  const words = message.replace(/^EXITED$/, E).replace(/^NEVER_READY$/, N);
  const isResource = /quota|resource/i.test(message);
  const other = message.startsWith('Internal') ? 'INTERNAL' : 'FAILED_PRECONDITION';
  expect(codeOf(words, lines, isResource ? 'RESOURCE_EXHAUSTED' : other)).toBe(want);
});

describe('which line is fatal', () => {
  it.each<[string, string, string, readonly string[]]>([
    [
      'DEPLOY_BAD_ARTIFACT',
      'the last one, not what was survived',
      E,
      ['MemoryError: falling back to a smaller cache', "FileNotFoundError: '/m/model.onnx'"],
    ],
    [
      'DEPLOY_OUT_OF_MEMORY',
      'a worker killed for another reason than its timeout',
      N,
      [
        '[1] [CRITICAL] WORKER TIMEOUT (pid:68)',
        '[1] [ERROR] Worker (pid:68) was sent SIGABRT!',
        '[1] [ERROR] Worker (pid:70) was sent SIGKILL! Perhaps out of memory?',
      ],
    ],
    [
      'DEPLOY_STARTUP_TIME',
      'a timeout, whatever the order of its lines',
      N,
      [
        '[1] [ERROR] Worker (pid:68) was sent SIGKILL! Perhaps out of memory?',
        '[1] [CRITICAL] WORKER TIMEOUT (pid:68)',
      ],
    ],
    [
      'DEPLOY_FAILED',
      'no source that a traceback shows',
      E,
      [
        'Traceback (most recent call last):',
        '  File "/app/a.py", line 1, in f',
        "    raise MemoryError('out of memory') if big else KeyError(k)",
        "KeyError: 'k'",
      ],
    ],
    [
      'DEPLOY_FAILED',
      'no advice',
      E,
      [
        'INFO set this to avoid out of memory errors',
        'ValueError: bad option; a larger value might run out of memory',
      ],
    ],
    [
      'DEPLOY_DISK',
      'one that was logged as an error of standard error',
      E,
      [pino('ERROR', 'OSError: [Errno 28] No space left on device', { logger: 'root' })],
    ],
    [
      'DEPLOY_FAILED',
      'none that its text calls information',
      E,
      [pino('ERROR', '[INFO] guard against No space left on device is on', { logger: 'root' })],
    ],
    [
      'DEPLOY_IMAGE',
      'a level in a field of its own',
      E,
      [
        JSON.stringify({
          severity: 'DEFAULT',
          levelname: 'ERROR',
          message: 'Illegal instruction (core dumped)',
        }),
      ],
    ],
  ])('%s: %s', (code, _, message, lines) => {
    expect(codeOf(message, lines)).toBe(code);
  });
});

describe('what is told', () => {
  const explain = (message: string, lines: readonly string[] | null, port?: number) =>
    explainDeployment({ status: 'FAILED_PRECONDITION', message }, lines, port);

  it('names the port that the service is given', () => {
    const line = 'Uvicorn running on http://0.0.0.0:8080';
    expect(explain(N, [line], 9000)).toMatchObject({
      code: 'DEPLOY_PORT',
      detail: expect.stringContaining('given port 9000'),
    });
    expect(explain(N, [line]).code).toBe('DEPLOY_HEALTH_ROUTE');
  });

  it('says that a container has left no line, where one was started and its log was read', () => {
    expect(explain(E, []).detail).toContain('has no line');
    expect(explain(E, null).detail).toContain('could not be read');
    expect(explain(E, ['boom']).detail).not.toContain('no line');
    expect(explain('The following quotas are exceeded: X', []).detail).not.toContain('no line');
  });

  it('is worth repeating where only Google can have caused it', () => {
    expect(explain('We are currently out of capacity.', []).patience).toBe('deadline');
    expect(explain('The following quotas are exceeded: X', []).patience).toBe('minutes');
    expect(explain(E, ['MemoryError']).patience).toBe('none');
    expect(explain('There are other operations running on the Endpoint.', []).patience).toBe('deadline');
    expect(explain('Model server exited: conflict of versions.', []).patience).toBe('none');
  });
});
