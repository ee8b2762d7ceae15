"""Train the breast-cancer classifier and write it as an artifact Slipway can release.

An artifact is a folder:
  golden.jsonl   held-out rows with the model's own answers, one JSON object a line
  manifest.json  the artifact's files with size and SHA-256, and the model's signature
  model.onnx     the model; the marker: its arrival completes the artifact

The same versions of the packages on the same kind of machine give the same bytes.
"""

import argparse
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import ClassifierMixin
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 7
GOLDEN_ROWS = 20
MARKER = "model.onnx"
OPSETS = {"": 17, "ai.onnx.ml": 3}

MODELS: dict[str, Callable[[], ClassifierMixin]] = {
    "v1": lambda: make_pipeline(StandardScaler(), LogisticRegression(random_state=SEED)),
    "v2": lambda: GradientBoostingClassifier(
        n_estimators=200, max_depth=2, subsample=0.5, max_features="sqrt", random_state=SEED
    ),
}


class Split(NamedTuple):
    train_rows: np.ndarray
    test_rows: np.ndarray
    train_labels: np.ndarray
    test_labels: np.ndarray


def load_split() -> Split:
    """569 rows of 30 numbers; a quarter is held out. Label 1 is benign, 0 malignant."""
    rows, labels = load_breast_cancer(return_X_y=True)
    return Split(
        *train_test_split(rows, labels, test_size=0.25, stratify=labels, random_state=SEED)
    )


def train(version: str, data: Split) -> bytes:
    """The trained model as ONNX: `features` in, `label` and `probabilities` out."""
    # float32 is what the served model will see, so it is what the model learns from.
    model = MODELS[version]().fit(data.train_rows.astype(np.float32), data.train_labels)
    columns = data.train_rows.shape[1]
    exported = to_onnx(
        model,
        initial_types=[("features", FloatTensorType([None, columns]))],
        options={"zipmap": False},
        target_opset=OPSETS,
        name=f"breast-cancer-{version}",
    )
    # skl2onnx lists them in the order of a set, which differs from run to run.
    opsets = sorted(exported.opset_import, key=lambda opset: opset.domain)
    del exported.opset_import[:]
    exported.opset_import.extend(opsets)
    return exported.SerializeToString(deterministic=True)


def predict(model: bytes, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities as the served model gives them."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    labels, probabilities = session.run(
        ["label", "probabilities"], {"features": rows.astype(np.float32)}
    )
    return labels, probabilities


def signature(model: bytes) -> dict[str, Any]:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": "float32", "tensor(int64)": "int64"}

    def describe(tensor: Any) -> dict[str, Any]:
        shape = [size if isinstance(size, int) else None for size in tensor.shape]
        return {"name": tensor.name, "type": types[tensor.type], "shape": shape}

    return {
        "inputs": [describe(tensor) for tensor in session.get_inputs()],
        "outputs": [describe(tensor) for tensor in session.get_outputs()],
    }


def golden(model: bytes, rows: np.ndarray) -> bytes:
    labels, probabilities = predict(model, rows)
    lines = (
        json.dumps(
            {
                "instance": row.tolist(),
                "prediction": {"label": int(label), "probabilities": answer.tolist()},
            }
        )
        for row, label, answer in zip(rows, labels, probabilities, strict=True)
    )
    return "".join(f"{line}\n" for line in lines).encode()


def readable(value: Any) -> bytes:
    """Indented JSON with short lists on one line, as this repository formats JSON."""
    text = json.dumps(value, indent=2)
    text = re.sub(r"\[\s+([^\[\]{}]+?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    return f"{text}\n".encode()


def build(model: bytes, data: Split) -> dict[str, bytes]:
    """The artifact's files, the marker last: that is the order to publish them in."""
    files = {MARKER: model, "golden.jsonl": golden(model, data.test_rows[:GOLDEN_ROWS])}
    manifest = {
        "schema": 1,
        "files": [
            {"path": path, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in sorted(files.items())
        ],
        "signature": signature(model),
    }
    return {
        "golden.jsonl": files["golden.jsonl"],
        "manifest.json": readable(manifest),
        MARKER: model,
    }


def gs_folder(text: str) -> tuple[str, str]:
    """Bucket and prefix of `gs://bucket/prefix`."""
    match = re.fullmatch(r"gs://([^/]+)/(.+?)/*", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"expected gs://bucket/prefix, got {text!r}")
    return match[1], match[2]


def publish(artifact: dict[str, bytes], bucket_name: str, prefix: str) -> None:
    """Upload the files in the given order. The release starts when the marker lands.

    Raises FileExistsError if the folder already has a marker: a published artifact never changes.
    """
    # Imported here so that training alone needs no Google client.
    from google.cloud import storage

    bucket = storage.Client().bucket(bucket_name)
    if bucket.blob(f"{prefix}/{MARKER}").exists():
        raise FileExistsError(
            f"gs://{bucket_name}/{prefix}/{MARKER} exists: publish to a new folder"
        )
    for path, content in artifact.items():
        condition = {"if_generation_match": 0} if path == MARKER else {}
        bucket.blob(f"{prefix}/{path}").upload_from_string(
            content, content_type="application/octet-stream", **condition
        )
        print(f"published gs://{bucket_name}/{prefix}/{path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "versions", nargs="*", metavar="version", help=f"{', '.join(MODELS)}; default all"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "artifacts")
    parser.add_argument(
        "--publish",
        type=gs_folder,
        metavar="gs://bucket/prefix",
        help="upload one version, the marker last",
    )
    options = parser.parse_args()
    versions = options.versions or list(MODELS)
    unknown = [version for version in versions if version not in MODELS]
    if unknown:
        parser.error(f"expected a version of {', '.join(MODELS)}, got {', '.join(unknown)}")
    if options.publish and len(versions) != 1:
        parser.error(
            "--publish takes one version, for example: train.py v2 --publish gs://bucket/prefix/v2"
        )

    data = load_split()
    for version in versions:
        model = train(version, data)
        labels, _ = predict(model, data.test_rows)
        accuracy = accuracy_score(data.test_labels, labels)
        print(f"{version}: hold-out accuracy {accuracy:.4f} on {len(labels)} rows")
        artifact = build(model, data)
        folder = options.out / version
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in artifact.items():
            (folder / path).write_bytes(content)
        print(f"{version}: wrote {folder} ({len(model)} bytes of model)")
        if options.publish:
            publish(artifact, *options.publish)


if __name__ == "__main__":
    main()
