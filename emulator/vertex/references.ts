/**
 * References to variables in what a container is started with: `$(NAME)` stands for a variable's value, `$$(NAME)` for
 * itself, and one that cannot be resolved stays (model.proto, ModelContainerSpec.command, args and env).
 */

/** Known only when the process starts: until then references to it stay as they are. */
const LATE = 'AIP_HTTP_PORT';

export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return replaced(text, (name, whole) => {
    if (name === LATE && env[LATE] === undefined) return whole;
    return whole.startsWith('$$') ? whole.slice(1) : (env[name] ?? whole);
  });
}

/** The references that `expand` has left to the start of the process. */
export function expandPort(text: string, port: number): string {
  return replaced(text, (name, whole) => {
    if (name !== LATE) return whole;
    return whole.startsWith('$$') ? whole.slice(1) : String(port);
  });
}

function replaced(text: string, by: (name: string, whole: string) => string): string {
  return text.replaceAll(/\$?\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (whole, name: string) => by(name, whole));
}
