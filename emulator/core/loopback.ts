/**
 * Which requests come from this machine's own programs. A port on loopback is within reach of every web page that
 * the developer opens: a page can post without asking first, and a name of its own that resolves to 127.0.0.1 (DNS
 * rebinding) makes the answers readable too. Both show in headers that a page cannot choose.
 */

/** Endpoints with a host name of their own, on Google Cloud (endpoint.proto, `dedicated_endpoint_dns`). */
export const DEDICATED_DOMAIN = '.prediction.vertexai.goog';

/** The headers that tell where a request comes from, as Node spells them. */
export interface CallerHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/** The name in a `Host` header or `:authority`, in lower case, without its port; undefined when there is none. */
export function hostnameOf(authority: string | undefined): string | undefined {
  const [, bracketed, name] = /^(?:(\[[0-9a-f:.]+\])|([^:@/\s]+))(?::\d{1,5})?$/i.exec(authority ?? '') ?? [];
  return (bracketed ?? name)?.toLowerCase();
}

/** Whether `authority` names this machine, an endpoint of the emulator, or one of `names` (in lower case). */
export function isOwnHost(authority: string | undefined, names: ReadonlySet<string> = new Set()): boolean {
  const hostname = hostnameOf(authority);
  if (hostname === undefined) return false;
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname) ||
    hostname === '[::1]' ||
    hostname.endsWith(DEDICATED_DOMAIN) ||
    names.has(hostname)
  );
}

/** Why a request is refused, as a sentence; undefined when it may pass. */
export function refusalOf(headers: CallerHeaders, names?: ReadonlySet<string>): string | undefined {
  const { host, origin } = headers;
  if (!isOwnHost(host, names)) {
    return `The host "${host ?? ''}" is not a name of this machine; requests to localhost and 127.0.0.1 are served.`;
  }
  // Google's clients, gcloud and curl send no Origin; a browser sends one whenever a page asks.
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`.toLowerCase()) {
    return `Requests of the web page "${origin}" are refused: this port serves programs of this machine.`;
  }
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return 'Requests of web pages of another site are refused: this port serves programs of this machine.';
  }
  return undefined;
}
