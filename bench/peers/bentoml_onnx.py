"""BentoML, as its documentation shows a service."""

from typing import Any

import bentoml
import numpy as np
from onnx_model import load, run


@bentoml.service(traffic={"timeout": 60}, metrics={"enabled": False}, logging={"access": {"enabled": False}})
class Onnx:
    def __init__(self) -> None:
        self.session = load()

    @bentoml.api(route="/predict")
    def predict(self, instances: list[list[float]]) -> dict[str, Any]:
        labels, probabilities = run(self.session, np.array(instances, dtype=np.float32))
        return {
            "predictions": [
                {"label": label, "probabilities": row}
                for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
            ]
        }
