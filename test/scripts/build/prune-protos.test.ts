import { protobuf } from 'google-gax';
import { expect, test } from 'vitest';
import { pruneProtos } from '../../../scripts/build/prune-protos.ts';

const PROTOS: protobuf.INamespace = protobuf
  .parse(
    `
  syntax = "proto3";
  package shop.v1;
  service Orders {
    rpc Place(Order) returns (google.longrunning.Operation) {
      option (google.longrunning.operation_info) = { response_type: "Receipt" metadata_type: "shop.v1.Progress" };
    }
  }
  service Returns { rpc Send(Parcel) returns (Parcel); }
  message Order { repeated Line lines = 1; message Line { Size size = 1; Order parent = 2; } enum Size { NONE = 0; } }
  message Receipt { map<string, Price> prices = 1; }
  message Price { int64 cents = 1; }
  message Progress { int32 percent = 1; }
  message Parcel { string label = 1; }
  `,
    { keepCase: true },
  )
  .root.toJSON();
PROTOS.nested = {
  ...PROTOS.nested,
  google: {
    nested: { longrunning: { nested: { Operation: { fields: { name: { type: 'string', id: 1 } } } } } },
  },
};

test('keeps what the service takes and gives, and what its operations end with', () => {
  const pruned = protobuf.Root.fromJSON(pruneProtos(PROTOS, ['shop.v1.Orders', 'shop.v1.Unknown']));
  pruned.resolveAll();
  const names = Object.keys(pruned.lookup('shop.v1')?.toJSON().nested ?? {});
  expect(names.toSorted()).toEqual(['Order', 'Orders', 'Price', 'Progress', 'Receipt']);
  const order = pruned.lookupType('shop.v1.Order');
  const message = { lines: [{ size: 0, parent: { lines: [] } }] };
  expect(order.toObject(order.decode(order.encode(order.fromObject(message)).finish()))).toMatchObject({
    lines: [{ parent: {} }],
  });
  expect(pruned.lookup('google.longrunning.Operation')).not.toBeNull();
});

test('keeps nothing for services that are not there', () => {
  expect(pruneProtos(PROTOS, ['shop.v2.Orders']).nested).toBeUndefined();
});
