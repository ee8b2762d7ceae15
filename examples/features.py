"""Write features.json and golden rows of a model whose features are looked up by key.

One file to copy beside a training script; it needs pandas and nothing else:

    from features import Feature, golden_jsonl, features_json

    columns = [
        Feature("customer.orders_30d", default=0, max_age="2h"),
        Feature("request.amount"),
    ]
    text = features_json({"features": columns}, frame, outputs={"score": ("probabilities", 1)})
    rows = golden_jsonl(columns, frame.head(100), keys=["customer_id"], predictions=[{"score": 0.42}, ...])

`frame` has one row a training example; a column is called as its source, `customer.orders_30d`, or after the dot. The
distribution of each stored feature is measured on the frame: the gate `features` compares the store with it.
"""

import json
from dataclasses import dataclass
from typing import Any

import pandas as pd

BINS = 10
CATEGORIES = 50
CATEGORY_CHARS = 200


@dataclass(frozen=True)
class Feature:
    """One column of the model's input. Without `default` a value is required; `default=None` is NaN for the model."""

    source: str
    default: Any = ...
    max_age: str | None = None

    @property
    def is_stored(self) -> bool:
        return not self.source.startswith("request.")


def features_json(
    inputs: dict[str, list[Feature] | Feature],
    frame: pd.DataFrame,
    outputs: dict[str, tuple[str, int | str] | str] | None = None,
    versions: dict[str, str] | None = None,
) -> str:
    """The text of features.json: inputs in the model's order, columns in the tensor's."""
    mapped = []
    for name, columns in inputs.items():
        if isinstance(columns, Feature):
            mapped.append({"name": name, **column_of(columns, frame)})
        else:
            mapped.append({"name": name, "columns": [column_of(column, frame) for column in columns]})
    document: dict[str, Any] = {"schema": 1, "inputs": mapped}
    if outputs is not None:
        document["outputs"] = {field: output_of(output) for field, output in outputs.items()}
    if versions is not None:
        document["views"] = {view: {"version": version} for view, version in versions.items()}
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def golden_jsonl(
    columns: list[Feature],
    frame: pd.DataFrame,
    keys: list[str],
    predictions: list[dict[str, Any]],
) -> str:
    """Rows of golden.jsonl: what a caller sends, the stored values as training saw them, and the prediction."""
    sent = keys + [column.source.removeprefix("request.") for column in columns if not column.is_stored]
    lines = []
    for (_, row), prediction in zip(frame.iterrows(), predictions, strict=True):
        stored = {column.source: plain(row[name_in(column.source, frame)]) for column in columns if column.is_stored}
        line = {
            "instance": {name: plain(row[name_in(name, frame)]) for name in sent},
            "features": stored,
            "prediction": prediction,
        }
        lines.append(json.dumps(line, allow_nan=False))
    return "\n".join(lines) + "\n"


def column_of(feature: Feature, frame: pd.DataFrame) -> dict[str, Any]:
    values = frame[name_in(feature.source, frame)]
    kind = type_of(values)
    column: dict[str, Any] = {"from": feature.source, "type": kind}
    if feature.default is not ...:
        column["default"] = feature.default
    if feature.max_age is not None:
        column["maxAge"] = feature.max_age
    if feature.is_stored and values.notna().any():
        column["training"] = training_of(values, kind)
    return column


def training_of(values: pd.Series, kind: str) -> dict[str, Any]:
    """Ten bins of about as many rows each, or the shares of the most frequent values."""
    present = values.dropna()
    training: dict[str, Any] = {"rows": len(values), "nullShare": round(1 - len(present) / len(values), 6)}
    if kind in ("string", "boolean"):
        names = present.map(lambda value: str(value).lower() if kind == "boolean" else str(value))
        shares = names.value_counts(normalize=True)
        # A longer one counts among the others.
        shares = shares[[len(str(name)) <= CATEGORY_CHARS for name in shares.index]].head(CATEGORIES)
        return training | {"categories": {str(name): round(float(share), 6) for name, share in shares.items()}}
    numbers = present.astype(float)
    lowest = numbers.min()
    quantiles = numbers.quantile([i / BINS for i in range(1, BINS)])
    # The first bin is open to below: an edge at the lowest value would leave it empty.
    edges = sorted({float(edge) for edge in quantiles if edge > lowest})
    if not edges:
        # Nearly all are the lowest: a bin of its own tells others from it, on either side.
        margin = 1e-6 * max(1.0, abs(float(lowest)))
        edges = [float(lowest) - margin, float(lowest) + margin]
    bins = [0] * (len(edges) + 1)
    for number in numbers:
        bins[sum(number >= edge for edge in edges)] += 1
    return training | {
        "mean": float(numbers.mean()),
        "std": float(numbers.std(ddof=0)),
        "edges": edges,
        "shares": [round(count / len(numbers), 6) for count in bins],
    }


def output_of(output: tuple[str, int | str] | str) -> dict[str, Any]:
    """`"label"`, an element as `("probabilities", 1)`, or the value of a key as `("probabilities", "yes")`."""
    if isinstance(output, str):
        return {"output": output}
    name, part = output
    return {"output": name, "index" if isinstance(part, int) else "key": part}


def name_in(source: str, frame: pd.DataFrame) -> str:
    return source if source in frame.columns else source.split(".", 1)[-1]


def type_of(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    return "number" if pd.api.types.is_numeric_dtype(values) else "string"


def plain(value: Any) -> Any:
    """What JSON has; a missing value is null."""
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
