/** The schema of a container's probes: those of Kubernetes, as model.proto (Probe) has them. */
import { Type } from 'typebox';
import { documented, strict, text } from './fields.ts';

export const ROUTE = '^/[A-Za-z0-9._~/:-]*$';
const PORT = { minimum: 1, maximum: 65_535 };

function port(absent: string) {
  return Type.Optional(
    Type.Integer({ ...PORT, description: 'The port that is asked.', absent, examples: [8081] }),
  );
}

function count(description: string, options: { minimum: number; absent: string; unit: string }) {
  return Type.Optional(Type.Integer({ maximum: 7200, description, ...options, examples: [5] }));
}

function probe(description: string, absent: string) {
  return Type.Optional(
    Type.Object(
      {
        http: Type.Optional(
          Type.Object(
            {
              path: text(ROUTE, 'a path such as /health', {
                description: 'The path. 200 to 399 is healthy.',
                examples: ['/ready'],
              }),
              port: port('`serving.port`'),
              headers: Type.Optional(
                Type.Record(
                  Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" }),
                  Type.String({ expected: 'text' }),
                  {
                    ...strict,
                    names: 'the name of a header',
                    description: 'Headers of the request.',
                    absent: 'none',
                    examples: [{ Authorization: 'Bearer probe' }],
                  },
                ),
              ),
            },
            { ...strict, ...documented('Asks over HTTP.', 'not asked over HTTP') },
          ),
        ),
        tcp: Type.Optional(
          Type.Object(
            { port: port('`serving.port`') },
            { ...strict, ...documented('Opens a connection.', 'no connection is opened') },
          ),
        ),
        grpc: Type.Optional(
          Type.Object(
            {
              port: port('`serving.grpcPort`, or `serving.port`'),
              service: Type.Optional(
                text('^[A-Za-z0-9_.]{1,200}$', 'the name of a gRPC service', {
                  description: 'The service that is asked for.',
                  absent: 'the server as a whole',
                  examples: ['inference.GRPCInferenceService'],
                }),
              ),
            },
            {
              ...strict,
              ...documented(
                'Asks by the [health checking protocol](https://github.com/grpc/grpc/blob/master/doc/health-checking.md) of gRPC.',
                'not asked over gRPC',
              ),
            },
          ),
        ),
        exec: Type.Optional(
          Type.Array(Type.String(), {
            minItems: 1,
            maxItems: 100,
            expected: 'a list of words such as [cat, /tmp/ready]',
            description: 'A command in the container, without a shell; 0 is healthy.',
            absent: 'no command runs',
            examples: [['cat', '/tmp/ready']],
          }),
        ),
        periodSeconds: count('How often it is asked.', { minimum: 1, absent: '10', unit: 'seconds' }),
        timeoutSeconds: count('After which time no answer is a failure.', {
          minimum: 1,
          absent: '1',
          unit: 'seconds',
        }),
        failureThreshold: count('How many failures in a row count.', {
          minimum: 1,
          absent: '3',
          unit: 'failures',
        }),
        successThreshold: count('How many successes in a row count. Only of `health`; 1 for the others.', {
          minimum: 1,
          absent: '1',
          unit: 'successes',
        }),
        initialDelaySeconds: count('How long after the start it is asked first.', {
          minimum: 0,
          absent: '0',
          unit: 'seconds',
        }),
      },
      { ...strict, ...documented(description, absent) },
    ),
  );
}

export const ProbesSchema = Type.Object(
  {
    startup: probe(
      'Asked until it succeeds; only then do the other two begin. A model that takes minutes to load needs `failureThreshold` times `periodSeconds` of time here, and no generous `liveness`. Exactly one of `http`, `tcp`, `grpc` and `exec`.',
      'none: the others begin at once',
    ),
    health: probe(
      'Decides whether the replica gets requests. Exactly one of `http`, `tcp`, `grpc` and `exec`.',
      'GET on `healthRoute` every 10 seconds, 200 within 10 seconds; 4 failures count',
    ),
    liveness: probe(
      'Restarts the container when it fails. Exactly one of `http`, `tcp`, `grpc` and `exec`.',
      'a TCP connection every 10 seconds; 4 failures count',
    ),
  },
  {
    ...strict,
    ...documented("How Vertex AI finds out about the container's state.", "Vertex AI's own probes"),
  },
);
