"""Train a LightGBM classifier whose rows have missing values and write it as an artifact Slipway can release.

The wine data (178 rows of 13 measurements, three growers; shipped with scikit-learn), of which one value in
eight is taken out. A missing value is null in a request and in golden.jsonl, and NaN for the model.

The same versions of the packages on the same kind of machine give the same bytes.
"""

import argparse
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from lightgbm import LGBMClassifier
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

SEED = 7
GOLDEN_ROWS = 20
MISSING = 1 / 8
OPSET = 15


def load_rows() -> tuple[np.ndarray, np.ndarray]:
    """Rows with holes: float32, as the served model will see them."""
    rows, labels = load_wine(return_X_y=True)
    holes = np.random.default_rng(SEED).random(rows.shape) < MISSING
    return np.where(holes, np.nan, rows).astype(np.float32), labels


def make_model() -> LGBMClassifier:
    # One thread and `deterministic`: the same trees on every run.
    return LGBMClassifier(
        n_estimators=60,
        num_leaves=8,
        min_child_samples=5,
        random_state=SEED,
        deterministic=True,
        force_row_wise=True,
        n_jobs=1,
        verbose=-1,
    )


def export(model: LGBMClassifier, columns: int) -> bytes:
    exported = convert_lightgbm(
        model,
        name="wine",
        # None: any number of rows. FloatTensorType([0, 13]), often seen, is a table without rows.
        initial_types=[("features", FloatTensorType([None, columns]))],
        target_opset=OPSET,
        # Probabilities as one tensor instead of a map a row.
        zipmap=False,
    )
    # onnxmltools lists them in the order of a set, which differs from run to run.
    opsets = sorted(exported.opset_import, key=lambda opset: opset.domain)
    del exported.opset_import[:]
    exported.opset_import.extend(opsets)
    return exported.SerializeToString(deterministic=True)


def predict(model: bytes, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities as the served model gives them."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    labels, probabilities = session.run(["label", "probabilities"], {"features": rows})
    return labels, probabilities


def golden(model: bytes, rows: np.ndarray) -> bytes:
    labels, probabilities = predict(model, rows)
    lines = (
        json.dumps(
            {
                # JSON has no NaN, though json.dumps writes it: allow_nan=False makes that an error.
                "instance": [None if np.isnan(value) else float(value) for value in row],
                "prediction": {"label": int(label), "probabilities": answer.tolist()},
            },
            allow_nan=False,
        )
        for row, label, answer in zip(rows, labels, probabilities, strict=True)
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

    rows, labels = load_rows()
    train_rows, test_rows, train_labels, test_labels = train_test_split(
        rows, labels, test_size=0.25, stratify=labels, random_state=SEED
    )
    classifier = make_model().fit(train_rows, train_labels)
    model = export(classifier, rows.shape[1])

    answers, probabilities = predict(model, test_rows)
    off = np.abs(probabilities - classifier.predict_proba(test_rows)).max()
    print(f"v1: hold-out accuracy {np.mean(answers == test_labels):.4f} on {len(answers)} rows")
    print(f"v1: the exported model's probabilities are off by at most {off:.1e}")
    assert off < 1e-5, "the exported model differs from LightGBM's"

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
