"""Train a classifier of support tickets and write it as an artifact Slipway can release.

A scikit-learn Pipeline over a table with a text, a category and numbers. Each column is an input of
its own, so a caller sends {"text": "...", "channel": "email", "waited_hours": 3, "years": 2}.

The same versions of the packages on the same kind of machine give the same bytes.
"""

import argparse
import hashlib
import json
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SEED = 7
ROWS = 1200
GOLDEN_ROWS = 20
TEXT, CATEGORY, NUMBERS = "text", "channel", ["waited_hours", "years"]
CHANNELS = ["chat", "email", "phone"]
OPSETS = {"": 17, "ai.onnx.ml": 3, "com.microsoft": 1}

OPENINGS = ["Hello,", "Hi team,", "Good morning,", "To whom it may concern,", ""]
URGENT = [
    "our production database is down",
    "nobody can log in since this morning",
    "payments fail with an error 500",
    "we lost data after the last update",
    "the whole site is unreachable",
]
NORMAL = [
    "how do I change the language of my account",
    "please send me the invoice of March",
    "could you add a dark theme",
    "I would like to rename a project",
    "where can I find the documentation",
]
CLOSINGS = ["Thank you!", "Please help.", "Best regards", "It is urgent", "No hurry."]


def make_tickets() -> tuple[pd.DataFrame, np.ndarray]:
    """Tickets put together from sentences: a stand-in for real ones that needs no download."""
    chance = random.Random(SEED)
    rows, labels = [], []
    for _ in range(ROWS):
        urgent = chance.random() < 0.4
        # One in ten is written like the other kind: no model is right about all of them.
        told_as_urgent = urgent if chance.random() < 0.9 else not urgent
        sentence = chance.choice(URGENT if told_as_urgent else NORMAL)
        if chance.random() < 0.2:
            sentence = sentence.upper()
        text = f"{chance.choice(OPENINGS)} {sentence}. {chance.choice(CLOSINGS)}".strip()
        channel = chance.choice(["phone", "phone", "chat"] if urgent else CHANNELS)
        waited = round(chance.expovariate(1 / (2 if urgent else 12)), 1)
        rows.append((text, channel, waited, chance.randrange(0, 15)))
        labels.append("urgent" if urgent else "normal")
    return pd.DataFrame(rows, columns=[TEXT, CATEGORY, *NUMBERS]), np.array(labels)


def make_pipeline() -> Pipeline:
    columns = ColumnTransformer(
        [
            # One column by its name, not in a list: the vectorizer wants texts, not a table of them.
            ("text", TfidfVectorizer(ngram_range=(1, 2), min_df=5), TEXT),
            # A channel that training has not seen counts as none. The default would refuse the row.
            ("channel", OneHotEncoder(handle_unknown="ignore"), [CATEGORY]),
            ("numbers", StandardScaler(), NUMBERS),
        ]
    )
    return Pipeline([("columns", columns), ("classifier", LogisticRegression(C=10))])


def export(model: Pipeline) -> bytes:
    types = {TEXT: StringTensorType, CATEGORY: StringTensorType}
    exported = to_onnx(
        model,
        initial_types=[
            (name, types.get(name, FloatTensorType)([None, 1]))
            for name in [TEXT, CATEGORY, *NUMBERS]
        ],
        options={
            # Probabilities as one tensor instead of a map a row.
            LogisticRegression: {"zipmap": False},
            # Words of two characters and more, as scikit-learn's own pattern has them. The converter's
            # default takes ASCII words of one character too, and then pairs of words are others.
            TfidfVectorizer: {"tokenexp": r"[\p{L}\p{N}_]{2,}"},
        },
        target_opset=OPSETS,
        name="tickets",
    )
    # skl2onnx lists them in the order of a set, which differs from run to run.
    opsets = sorted(exported.opset_import, key=lambda opset: opset.domain)
    del exported.opset_import[:]
    exported.opset_import.extend(opsets)
    return exported.SerializeToString(deterministic=True)


def predict(model: bytes, table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities as the served model gives them."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    feeds = {
        name: table[[name]].to_numpy(np.float32 if name in NUMBERS else object)
        for name in table.columns
    }
    labels, probabilities = session.run(["label", "probabilities"], feeds)
    return labels, probabilities


def golden(model: bytes, table: pd.DataFrame) -> bytes:
    labels, probabilities = predict(model, table)
    lines = (
        json.dumps(
            {
                "instance": instance,
                "prediction": {"label": str(label), "probabilities": answer.tolist()},
            }
        )
        for instance, label, answer in zip(
            table.to_dict("records"), labels, probabilities, strict=True
        )
    )
    return "".join(f"{line}\n" for line in lines).encode()


def readable(value: Any) -> bytes:
    """Indented JSON with short lists on one line, as this repository formats JSON."""
    text = json.dumps(value, indent=2)
    text = re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    return f"{text}\n".encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "artifacts")
    options = parser.parse_args()

    table, labels = make_tickets()
    train_rows, test_rows, train_labels, test_labels = train_test_split(
        table, labels, test_size=0.25, stratify=labels, random_state=SEED
    )
    pipeline = make_pipeline().fit(train_rows, train_labels)
    model = export(pipeline)

    answers, probabilities = predict(model, test_rows)
    off = np.abs(probabilities - pipeline.predict_proba(test_rows)).max()
    print(f"v1: hold-out accuracy {np.mean(answers == test_labels):.4f} on {len(answers)} rows")
    print(f"v1: the exported model's probabilities are off by at most {off:.1e}")
    assert off < 1e-5, "the exported model differs from scikit-learn's"

    files = {"golden.jsonl": golden(model, test_rows[:GOLDEN_ROWS]), "model.onnx": model}
    manifest = {
        "schema": 1,
        "files": [
            {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in sorted(files.items())
        ],
    }
    folder = options.out / "v1"
    folder.mkdir(parents=True, exist_ok=True)
    # The model last: it is the marker, and completes the artifact.
    for path, content in {"manifest.json": readable(manifest), **files}.items():
        (folder / path).write_bytes(content)
    print(f"v1: wrote {folder} ({len(model)} bytes of model)")


if __name__ == "__main__":
    main()
