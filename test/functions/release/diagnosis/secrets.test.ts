/** Secrets in the forms that logs have them in, and words that only look alike. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainDeployment } from '../../../../functions/release/diagnosis/causes.ts';
import { explainRefusal } from '../../../../functions/release/refusals/refusals.ts';
import { withoutSecrets } from '../../../../functions/release/diagnosis/secrets.ts';

/** `@` stands for the secret. */
const FORMS = [
  'AWS_SECRET_ACCESS_KEY=@',
  'redis://:@@host:6379/0',
  'DB_PASS=@',
  'serve --password @ --port 8080',
  'xoxb-@',
  'github_pat_@',
  'glpat-@',
  'npm_@',
  'Cookie: session=@; theme=dark',
  'SG.@',
  'GOCSPX-@',
  '1//0@',
  'Bearer @',
  'Authorization: Basic @',
  'pin=@',
  'Server=db;User Id=sa;Pwd=@;',
  'ya29.@',
  'AIza@',
  'ghp_@',
  'hf_@',
  'postgres://user:@@host/db',
  'sk-ant-api03-@',
  'sk_live_@',
  'eyJhbGciOiJIUzI1NiJ9.@',
  'AccountKey=@==;EndpointSuffix=core',
  "environ({'HF_TOKEN': '@'})",
  '{"password": "@"}',
  '{\\"api_key\\":\\"@\\"}',
  'https://h/b/o?X-Goog-Date=1&X-Goog-Signature=@',
  'https://h/c?sv=2020&sig=@',
  'GOOG1E@',
  'client_secret: @',
  'password = @',
  '--token=@',
  '--hf-token @',
  'x-api-key: @',
  '<password>@</password>',
  'https://hooks.slack.com/services/T0/B0/@',
  'JWT_SECRET="@"',
  'OPENAI_KEY=@',
  'connection_string=@',
  'Set-Cookie: id=@',
  '-----BEGIN PRIVATE KEY----- @ -----END PRIVATE KEY-----',
  'access_token: @',
];

const ORDINARY = [
  'SyntaxError: Unexpected token: <',
  `sha256:${'ab12'.repeat(16)}`,
  'projects/222353697986/locations/us-central1/endpoints/717406799',
  'us-central1-docker.pkg.dev/p/r/i@sha256:0123',
  'https://us-docker.pkg.dev/p/r/i@sha256:0123 https://host:8080/path/x@y',
  'CustomModelServingA10080GBGPUsPerProjectPerRegion',
  '/usr/local/lib/python3.11/dist-packages/vllm/v1/engine/core.py',
  'Meta-Llama-3-8B-Instruct-AWQ-INT4-W4A16',
  'undefined symbol: _ZN3c106detail14torchCheckFailEPKcS2_jRKSs',
  'eos_token: 2 pad_token=<unk> max_tokens=4096 tokens: 34480 signature: serving_default',
  "Can't get attribute '__pyx_unpickle_CyHalfBinomialLoss' on <module 'sklearn._loss._loss'>",
  'gs://Bucket/Churn_V2/model-A1/b2/Model.onnx',
  'Bearer token is invalid, Basic authentication failed',
  'service-123456789@gcp-sa-aiplatform.iam.gserviceaccount.com',
  '--tokenizer mistralai/Mistral-7B --max-tokens 5, sk-learn, hf_transfer, npm_config_cache, global-endpoint',
  "libz.so.1: version `ZLIB_1.2.9' not found",
  "KeyError: 'age'",
];

/** The `@` before a host is one. */
function withKey(form: string, key: string): string {
  return form.replace('@', () => key);
}

/** As generators of keys make them: capitals, small letters and digits from the start. */
const secret = fc
  .tuple(fc.stringMatching(/^[A-Z][a-z]\d[A-Z]$/), fc.stringMatching(/^[A-Za-z0-9]{12,40}$/))
  .map((parts) => parts.join(''));

describe('withoutSecrets', () => {
  it('leaves nothing of a secret, whatever its form and its neighbours', () => {
    const words = fc.array(fc.constantFrom(...ORDINARY), { maxLength: 2 });
    fc.assert(
      fc.property(fc.constantFrom(...FORMS), secret, words, (form, key, before) => {
        const text = [...before, withKey(form, key)].join(' ');
        const plain = withoutSecrets(text);
        expect(plain).not.toContain(key);
        for (const word of before) expect(plain).toContain(word);
        expect(withoutSecrets(plain)).toBe(plain);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(FORMS)('takes a short one out of %s', (form) => {
    expect(withoutSecrets(withKey(form, '5EC12E7aB9xY3'))).not.toContain('5EC12E7');
  });

  it.each(ORDINARY)('leaves alone %s', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it('knows chance by itself', () => {
    const key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY9';
    expect(withoutSecrets(`the value ${key} is wrong`)).toBe('the value [secret] is wrong');
  });
});

it.each(FORMS)('is not in what is told of a deployment or a refusal: %s', (form) => {
  const text = `error: ${withKey(form, '5EC12E7aB9xY3')}`;
  const error = { status: 'FAILED_PRECONDITION', message: `It failed. ${text}` } as const;
  expect(explainDeployment(error, [text]).detail).not.toContain('5EC12E7');
  expect(explainRefusal('deploy', error).detail).not.toContain('5EC12E7');
});
