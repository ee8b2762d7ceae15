/**
 * Which variables a model may give the process that stands for its container. In a container of Google Cloud a
 * variable reaches nothing but the image; here it reaches a program of the developer's machine, and a loader or an
 * interpreter that reads `NODE_OPTIONS` or `LD_PRELOAD` runs what stands there. So the names that programs read before
 * their own code, or that make them load, run or trust something else, are refused.
 */
import { ApiError } from '../core/errors.ts';

/** Names, and beginnings of names that end with an underscore or an asterisk, by what reads them. */
const readers: readonly (readonly [reader: string, names: string])[] = [
  [
    'the dynamic linker and the C library',
    'LD_ DYLD_ RTLD_ GLIBC_ MALLOC_ GCONV_PATH LIBPATH LIBRARY_PATH SHLIB_PATH LOCPATH NLSPATH HOSTALIASES RES_OPTIONS LOCALDOMAIN TZDIR GETCONF_DIR',
  ],
  ['Node', 'NODE_ NPM_ YARN_ TS_NODE_ TSX_ BUN_ DENO_ V8_ UV_ BABEL_'],
  [
    'Python',
    'PYTHON* PYENV_ PIP_ CONDA_ VIRTUAL_ENV GUNICORN_ UVICORN_ FLASK_ DJANGO_ CELERY_ JUPYTER_ IPYTHON*',
  ],
  ['Java', 'JAVA_ _JAVA_ JDK_ JRE_ JVM_ JAVA CLASSPATH MAVEN_ GRADLE_ SPARK_ SCALA_ KOTLIN_'],
  [
    'Perl, Ruby, PHP, Lua, R, Julia, Tcl or Erlang',
    'PERL* RUBY* GEM_ GEMRC BUNDLE_ BUNDLER_ PHP_ PHPRC LUA_ R_ JULIA_ TCL* TK_ ERL_ ELIXIR_',
  ],
  ['.NET', 'DOTNET_ COMPLUS_ CORECLR_ COR_ ASPNETCORE_ MONO_'],
  [
    'a shell',
    'PATH CDPATH FPATH IFS ENV BASH* SHELL SHELLOPTS ZDOTDIR PS0 PS1 PS2 PS3 PS4 PROMPT_COMMAND HOME USER LOGNAME PWD OLDPWD TMPDIR TMP TEMP COMSPEC PATHEXT SYSTEMROOT WINDIR EDITOR VISUAL PAGER LESSOPEN LESSCLOSE BROWSER',
  ],
  [
    'TLS and proxies',
    'OPENSSL_ SSL_ SSLKEYLOGFILE CURL_ REQUESTS_CA_BUNDLE HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
  ],
  [
    'tools that run other programs',
    'GIT_ SSH_ DOCKER_ KUBECONFIG XDG_ DBUS_ MAKEFLAGS MAKEFILES CC CXX CFLAGS CXXFLAGS CMAKE_ CARGO_ RUSTC* RUSTFLAGS GOPATH GOROOT GOFLAGS GOENV GODEBUG GOBIN GOTOOLDIR CGO_',
  ],
  [
    'loaders of plugins and devices',
    'CUDA_INJECTION* CUDA_INJECTION64_PATH NVIDIA_ OCL_ OPENCL_ VK_ GST_ QT_ GTK_ GIO_ TORCH_EXTENSIONS_DIR TF_PLUGGABLE_DEVICE_LIBRARY_PATH TF_XLA_FLAGS XLA_FLAGS TRITON_ OMP_TOOL_LIBRARIES OMP_TOOL MKL_LIBRARY_PATH MKL_VERBOSE_LIBRARY',
  ],
  [
    'the emulator and Google’s clients',
    'EMULATOR_ GOOGLE_APPLICATION_CREDENTIALS CLOUDSDK_ GCE_METADATA_ METADATA_SERVER_DETECTION BOTO_',
  ],
];

/** Whatever the letters' case: Windows knows only one, and libraries read proxies in both. */
function readerOf(name: string): string | undefined {
  const upper = name.toUpperCase();
  if (upper.endsWith('_EMULATOR_HOST')) return 'Google’s clients';
  const reads = (pattern: string): boolean =>
    /[_*]$/.test(pattern) ? upper.startsWith(pattern.replace(/\*$/, '')) : upper === pattern;
  return readers.find(([, names]) => names.split(' ').some(reads))?.[0];
}

/** Throws INVALID_ARGUMENT for a variable that the process may not be given. AIP_ names are ignored, as by Vertex AI. */
export function checkEnvironment(
  variables: readonly { readonly name: string; readonly value?: string }[],
): void {
  for (const { name, value = '' } of variables) {
    if (name.startsWith('AIP_')) continue;
    if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) || value.includes('\0')) {
      throw refused(`The environment variable "${name}" has a name or a value that no process can be given.`);
    }
    const reader = readerOf(name);
    if (reader !== undefined) {
      throw refused(
        `The emulator does not give the environment variable "${name}" to a process of this machine: it is read by ` +
          `${reader}. Set it in the command of the image instead (local.images in slipway.yaml, or --image).`,
      );
    }
  }
}

function refused(message: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', message);
}
