"""A Feast repository that holds what the contract suite asks of stores (world.ts), for Feast's own feature server.

    python3 -m venv .venv && .venv/bin/pip install feast==0.67.0
    .venv/bin/python test/support/stores/feast-repository.py /tmp/feast
    .venv/bin/feast --chdir /tmp/feast serve --port 6566
    FEAST_URL=http://127.0.0.1:6566 npx vitest run --project contract test/contract/stores.test.ts
"""

import sys
from datetime import timedelta
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, ValueType
from feast.types import Array, Bool, Float64, Int64, String

TIME = pd.Timestamp("2026-11-20T10:30:00.250Z")
CUSTOMERS = [
    ("c-1", 3, 0.5, "DE", True, [1, 2.5]),
    ("c-2", None, -1e300, "", False, []),
    ("o'neil/..,%", 5, 1, '日本 "x"', False, [0]),
    ("42", 6, 0, "FR", True, [7]),
]
PAIRS = [(1, "a", 10), (1, "b", 20), (2, "a", 30)]

folder = Path(sys.argv[1])
(folder / "data").mkdir(parents=True, exist_ok=True)
(folder / "feature_store.yaml").write_text(
    "project: contract\nregistry: data/registry.db\nprovider: local\n"
    "online_store:\n  type: sqlite\n  path: data/online.db\nentity_key_serialization_version: 3\n"
)


def source(name: str, columns: dict) -> FileSource:
    path = folder / "data" / f"{name}.parquet"
    frame = pd.DataFrame(columns).assign(event_timestamp=TIME, created=TIME)
    frame.to_parquet(path)
    return FileSource(name=f"{name}_source", path=str(path), timestamp_field="event_timestamp")


names, orders, scores, countries, vips, recents = zip(*CUSTOMERS, strict=True)
shops, items, prices = zip(*PAIRS, strict=True)
customer_columns = {
    "customer_id": names,
    "orders": pd.array(orders, dtype="Int64"),
    "score": [float(score) for score in scores],
    "country": countries,
    "vip": vips,
    "recent": [[float(value) for value in values] for values in recents],
}
pair_columns = {"shop": shops, "item": items, "price": [float(price) for price in prices]}

customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.STRING)
shop = Entity(name="shop", join_keys=["shop"], value_type=ValueType.INT64)
item = Entity(name="item", join_keys=["item"], value_type=ValueType.STRING)
customers = FeatureView(
    name="customers",
    entities=[customer],
    ttl=timedelta(days=3650),
    schema=[
        Field(name="customer_id", dtype=String),
        Field(name="orders", dtype=Int64),
        Field(name="score", dtype=Float64),
        Field(name="country", dtype=String),
        Field(name="vip", dtype=Bool),
        Field(name="recent", dtype=Array(Float64)),
    ],
    source=source("customers", customer_columns),
)
pairs = FeatureView(
    name="pairs",
    entities=[shop, item],
    ttl=timedelta(days=3650),
    schema=[Field(name="shop", dtype=Int64), Field(name="item", dtype=String), Field(name="price", dtype=Float64)],
    source=source("pairs", pair_columns),
)

store = FeatureStore(repo_path=str(folder))
store.apply([customer, shop, item, customers, pairs])
for view, columns in (("customers", customer_columns), ("pairs", pair_columns)):
    store.write_to_online_store(view, df=pd.DataFrame(columns).assign(event_timestamp=TIME, created=TIME))
