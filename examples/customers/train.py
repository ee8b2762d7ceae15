"""Train four versions of a churn model whose features are looked up by customer, and fill the store they are read from.

v1 takes two features and the amount of the request, v2 one more, v3 one that the store does not have, and v4 was trained
on orders of 360 days under the name of those of 30. One SQL file, features.sql, gives the training rows and the store's.
The orders and tickets are made up; the same versions of the packages on the same kind of machine give the same bytes.
"""

import argparse
import json
import random
import sqlite3
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from features import Feature, features_json, golden_jsonl  # noqa: E402

SEED = 7
CUSTOMERS = 400
DAY = 86_400
NOW = 1_795_737_600  # 2026-11-27
GOLDEN_ROWS = 60

ORDERS = Feature("customer.orders_30d", default=0)
AMOUNTS = Feature("customer.mean_amount_90d", default=None)
TICKETS = Feature("customer.tickets_90d", default=0)
RETURNS = Feature("customer.returns_90d")
AMOUNT = Feature("request.amount")
VERSIONS = {
    "v1": [ORDERS, AMOUNTS, AMOUNT],
    "v2": [ORDERS, AMOUNTS, TICKETS, AMOUNT],
    "v3": [ORDERS, AMOUNTS, RETURNS, AMOUNT],
    "v4": [ORDERS, AMOUNTS, TICKETS, AMOUNT],
}


def make_shop() -> sqlite3.Connection:
    """A year of orders and tickets of customers who buy more or less often."""
    chance = random.Random(SEED)
    shop = sqlite3.connect(":memory:")
    shop.executescript(
        "CREATE TABLE orders (customer_id TEXT, at INTEGER, amount REAL);"
        "CREATE TABLE tickets (customer_id TEXT, at INTEGER);"
        "CREATE TABLE moments (customer_id TEXT, at INTEGER);"
    )
    for number in range(CUSTOMERS):
        customer, pace = f"c-{number}", chance.uniform(2, 40)
        at = NOW - 360 * DAY
        while (at := at + int(chance.expovariate(1 / pace) * DAY)) < NOW:
            shop.execute("INSERT INTO orders VALUES (?, ?, ?)", (customer, at, round(chance.lognormvariate(3, 0.5), 2)))
            if chance.random() < 0.2:
                shop.execute("INSERT INTO tickets VALUES (?, ?)", (customer, at + DAY))
    return shop


def as_of(shop: sqlite3.Connection, moments: list[tuple[str, int]], sql: str) -> pd.DataFrame:
    shop.execute("DELETE FROM moments")
    shop.executemany("INSERT INTO moments VALUES (?, ?)", moments)
    return pd.read_sql_query(sql, shop)


def examples(shop: sqlite3.Connection, sql: str) -> pd.DataFrame:
    """Each customer two times, 40 to 120 days ago; the label is whether no order came within the 30 days after."""
    chance = random.Random(SEED + 1)
    moments = [(f"c-{n}", NOW - chance.randint(40, 120) * DAY) for n in range(CUSTOMERS) for _ in range(2)]
    frame = as_of(shop, sorted(set(moments)), sql)
    frame["amount"] = [round(chance.lognormvariate(3, 0.5), 2) for _ in range(len(frame))]
    frame["returns_90d"] = [chance.randint(0, 3) for _ in range(len(frame))]
    later = "SELECT count(*) FROM orders WHERE customer_id = ? AND at >= ? AND at < ?"
    frame["left"] = [
        int(shop.execute(later, (row.customer_id, row.at, row.at + 30 * DAY)).fetchone()[0] == 0)
        for row in frame.itertuples()
    ]
    return frame


def names_of(columns: list[Feature]) -> list[str]:
    return [column.source.split(".", 1)[1] for column in columns]


def fitted(frame: pd.DataFrame, columns: list[Feature]) -> Pipeline:
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(random_state=SEED))
    return model.fit(frame[names_of(columns)].to_numpy(dtype=np.float32), frame["left"])


def accuracy(frame: pd.DataFrame, columns: list[Feature]) -> float:
    """On customers that the training did not see."""
    held = frame["customer_id"].str.endswith(("0", "5"))
    model = fitted(frame[~held], columns)
    return float(model.score(frame[held][names_of(columns)].to_numpy(dtype=np.float32), frame[held]["left"]))


def train(frame: pd.DataFrame, columns: list[Feature]) -> bytes:
    model = fitted(frame, columns)
    exported = convert_sklearn(
        model,
        name="customers",
        initial_types=[("features", FloatTensorType([None, len(columns)]))],
        options={"zipmap": False},
        target_opset={"": 21, "ai.onnx.ml": 3},
    )
    onnx.checker.check_model(exported)
    return exported.SerializeToString(deterministic=True)


def write(folder: Path, frame: pd.DataFrame, columns: list[Feature]) -> None:
    model = train(frame, columns)
    golden = frame.drop_duplicates("customer_id").head(GOLDEN_ROWS)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    rows = golden[names_of(columns)].to_numpy(dtype=np.float32)
    (probabilities,) = session.run(["probabilities"], {"features": rows})
    predictions = [{"score": round(float(row[1]), 6)} for row in probabilities]
    folder.mkdir(parents=True, exist_ok=True)
    outputs = {"score": ("probabilities", 1)}
    (folder / "features.json").write_text(features_json({"features": columns}, frame, outputs))
    (folder / "golden.jsonl").write_text(golden_jsonl(columns, golden, ["customer_id"], predictions))
    (folder / "model.onnx").write_bytes(model)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=HERE / "artifacts")
    out = parser.parse_args().out
    sql = (HERE / "features.sql").read_text()
    shop = make_shop()
    frame = examples(shop, sql)
    mistaken = examples(shop, sql.replace("- 30 *", "- 360 *"))
    for version, columns in VERSIONS.items():
        write(out / version, mistaken if version == "v4" else frame, columns)
    print(f"hold-out accuracy {accuracy(frame, VERSIONS['v2']):.3f}")
    store = as_of(shop, [(f"c-{n}", NOW) for n in range(CUSTOMERS)], sql).astype(object)
    lines = [json.dumps(row) for row in store.where(store.notna(), None).to_dict("records")]
    (out / "customer.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
