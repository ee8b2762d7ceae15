import { describe, expect, test } from 'vitest';

import { checkEnvironment } from '../../../emulator/vertex/environment.ts';

describe('a model may give its process', () => {
  test.each([
    'SLIPWAY_GOLDEN',
    'SLIPWAY_HANDLER',
    'LOG_LEVEL',
    'MODEL_NAME',
    'GOLDEN_ROWS',
    'GEMINI_MODEL',
    'OMP_NUM_THREADS',
    'TZ',
    'GOOGLE_CLOUD_PROJECT',
    'CORPUS',
    'PATHOLOGY',
    'HOMEPAGE',
    'ENVIRONMENT',
    'TEMPERATURE',
    'USERNAME_FIELD',
    'RATE',
    'lower_case',
    'CUDA_VISIBLE_DEVICES',
    'TF_CPP_MIN_LOG_LEVEL',
    'AIP_HTTP_PORT',
  ])('%s', (name) => {
    expect(() => checkEnvironment([{ name, value: 'x' }])).not.toThrow();
  });
});

describe('a model may not give its process', () => {
  test.each([
    'NODE_OPTIONS',
    'NODE_PATH',
    'node_options',
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'LD_AUDIT',
    'DYLD_INSERT_LIBRARIES',
    'PATH',
    'Path',
    'PYTHONPATH',
    'PYTHONSTARTUP',
    'PYTHONHOME',
    'JAVA_TOOL_OPTIONS',
    '_JAVA_OPTIONS',
    'JDK_JAVA_OPTIONS',
    'CLASSPATH',
    'BASH_ENV',
    'ENV',
    'IFS',
    'PERL5OPT',
    'PERL5LIB',
    'RUBYOPT',
    'PHPRC',
    'DOTNET_STARTUP_HOOKS',
    'CORECLR_PROFILER_PATH',
    'OPENSSL_CONF',
    'SSLKEYLOGFILE',
    'https_proxy',
    'GIT_SSH_COMMAND',
    'HOME',
    'TMPDIR',
    'GCONV_PATH',
    'GLIBC_TUNABLES',
    'STORAGE_EMULATOR_HOST',
    'GOOGLE_APPLICATION_CREDENTIALS',
    'EMULATOR_JSON_ONLY',
    'CUDA_INJECTION64_PATH',
    'R_PROFILE_USER',
    'LUA_INIT',
    'OMP_TOOL_LIBRARIES',
    'BASH_FUNC_ls%%',
    'A=B',
    '',
    '1A',
  ])('%s', (name) => {
    expect(() => checkEnvironment([{ name: 'FINE' }, { name, value: 'x' }])).toThrow(`variable "${name}"`);
  });

  test('a value that ends a string of C', () => {
    expect(() => checkEnvironment([{ name: 'FINE', value: 'a\0b' }])).toThrow('no process can be given');
  });
});
