/** What model servers say about where they listen, and what their health routes answer. */
import { expect, it } from 'vitest';
import { codeOf, EXITED, NEVER_READY, pino } from './deployment-errors.ts';

it.each<[string, string, string, readonly string[]]>([
  // The port.
  [
    'DEPLOY_PORT',
    'a port that is taken',
    EXITED,
    [
      pino('CRITICAL', 'predictor failed', {
        err: {
          type: 'Error',
          message: 'listen EADDRINUSE: address already in use 0.0.0.0:8080',
          stack: 'Error: …',
        },
      }),
    ],
  ],
  [
    'DEPLOY_PORT',
    'gunicorn',
    EXITED,
    ["[1] [ERROR] Connection in use: ('0.0.0.0', 8080)", "[1] [ERROR] Can't connect to ('0.0.0.0', 8080)"],
  ],
  [
    'DEPLOY_PORT',
    'uvicorn',
    EXITED,
    [
      "ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 8080): address already in use",
    ],
  ],
  ['DEPLOY_PORT', 'TorchServe', EXITED, ['Caused by: java.net.BindException: Address already in use']],
  [
    'DEPLOY_PORT',
    'Triton',
    EXITED,
    ["failed to start HTTP service: Unavailable - Socket '0.0.0.0:8080' already in use"],
  ],
  [
    'DEPLOY_PORT',
    'a low port',
    EXITED,
    ["[Errno 13] error while attempting to bind on address ('0.0.0.0', 80): permission denied"],
  ],
  [
    'DEPLOY_PORT',
    'another port',
    NEVER_READY,
    ['INFO:     Uvicorn running on http://0.0.0.0:5000 (Press CTRL+C to quit)'],
  ],
  ['DEPLOY_PORT', 'itself alone', NEVER_READY, ['[INFO] Listening at: http://127.0.0.1:8080 (1)']],
  [
    'DEPLOY_PORT',
    "TorchServe's defaults",
    NEVER_READY,
    ['Inference address: http://0.0.0.0:7080', 'Management address: http://0.0.0.0:7081'],
  ],
  [
    'DEPLOY_FAILED',
    'another port of one that exited for a reason of its own',
    EXITED,
    [' * Running on http://0.0.0.0:5000', "ModuleNotFoundError: No module named 'features'"],
  ],

  // The health route.
  [
    'DEPLOY_HEALTH_ROUTE',
    'a route that is not there',
    NEVER_READY,
    [
      'INFO:     Uvicorn running on http://0.0.0.0:8080',
      'INFO:     10.0.0.1:41 - "GET /v1/health HTTP/1.1" 404 Not Found',
    ],
  ],
  [
    'DEPLOY_HEALTH_ROUTE',
    'one that fails',
    NEVER_READY,
    ['2026 [INFO ] epollEventLoopGroup-3-1 ACCESS_LOG - /10.0.0.1:41 "GET /ping HTTP/1.1" 500 1'],
  ],
  ['DEPLOY_HEALTH_ROUTE', "Vertex's own words", 'The model server did not respond to health checks.', []],
  [
    'DEPLOY_HEALTH_ROUTE',
    'a server that is quiet',
    NEVER_READY,
    ['Inference address: http://0.0.0.0:8080', 'Management address: http://0.0.0.0:7081'],
  ],
  [
    'DEPLOY_HEALTH_ROUTE',
    'a structured log',
    NEVER_READY,
    [pino('INFO', 'Server listening at http://0.0.0.0:8080')],
  ],
])('%s: %s', (code, _, message, lines) => {
  expect(codeOf(message, lines)).toBe(code);
});
