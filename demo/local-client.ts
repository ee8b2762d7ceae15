import { PassThroughClient } from 'google-auth-library';
import { grpc, type ClientOptions } from 'google-gax';

/** Options with which an official gRPC client talks to the local stack: no TLS, no credentials. */
export function localClientOptions(url: string): ClientOptions {
  const { hostname, port } = new URL(url);
  return {
    apiEndpoint: hostname,
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  };
}
