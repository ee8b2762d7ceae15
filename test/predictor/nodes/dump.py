"""Writes ONNX's own node tests into a folder, and prints one JSON object a line: where the model is, and its data.

The package onnx makes them: `python dump.py FOLDER`. Values JSON cannot say are text, as the predictor says them.
"""

import json
import math
import os
import sys
import warnings
from typing import Any

import numpy as np
from onnx.backend.test.case.node import collect_testcases

warnings.filterwarnings("ignore")
FOLDER = sys.argv[1]


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")
    if isinstance(value, list):
        return [plain(element) for element in value]
    raise TypeError(type(value).__name__)


def tensors(values: Any) -> list[Any] | None:
    """The values, or None if one is no plain tensor."""
    found = []
    for value in values:
        if not isinstance(value, (np.ndarray, np.generic)):
            return None
        array = np.asarray(value)
        if array.dtype.kind not in "fiubOUS":
            return None
        try:
            found.append({"shape": list(array.shape), "value": plain(array.tolist())})
        except TypeError:
            return None
    return found


for case in collect_testcases(None):
    if case.model is None:
        continue
    path = os.path.join(FOLDER, f"{case.name}.onnx")
    with open(path, "wb") as file:
        file.write(case.model.SerializeToString())
    inputs, outputs = next(iter(case.data_sets), (None, None))
    record = {
        "name": case.name,
        "model": path,
        "inputs": None if inputs is None else tensors(inputs),
        "outputs": None if outputs is None else tensors(outputs),
    }
    print(json.dumps(record, allow_nan=False))
