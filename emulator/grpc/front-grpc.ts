/** Who may ask over gRPC: the same as over HTTP. No browser speaks HTTP/2 without TLS, but a name is a name. */
import { Metadata, ServerInterceptingCall, status } from '@grpc/grpc-js';
import type { ServerInterceptor } from '@grpc/grpc-js';

import { refusalOf } from '../core/loopback.ts';

/** Refuses calls by an authority that is no name of this machine. */
export function ownHostsOnly(hostNames: ReadonlySet<string>): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start(next) {
        next({
          onReceiveMetadata(metadata, proceed) {
            const details = refusalOf({ host: call.getHost() }, hostNames);
            if (details === undefined) return proceed(metadata);
            call.sendStatus({ code: status.PERMISSION_DENIED, details, metadata: new Metadata() });
          },
        });
      },
    });
}
