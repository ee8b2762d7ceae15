"""The model of every peer that runs ONNX: one session of one thread, as the predictor has."""

import os
from pathlib import Path

import numpy as np
import onnxruntime

ARTIFACTS = Path(__file__).resolve().parents[2] / "examples" / "breast-cancer" / "artifacts"


def load() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    path = ARTIFACTS / os.environ["MODEL"] / "model.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run(session: onnxruntime.InferenceSession, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of float32 rows."""
    labels, probabilities = session.run(["label", "probabilities"], {"features": rows})
    return labels, probabilities
