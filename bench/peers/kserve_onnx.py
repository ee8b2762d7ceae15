"""KServe's own server with a model of ours, asked by the V1 protocol."""

import logging
import os

import numpy as np
from kserve import Model, ModelServer
from onnx_model import load, run


class Onnx(Model):
    def __init__(self) -> None:
        super().__init__("example")
        self.session = load()
        self.ready = True

    async def predict(self, payload: dict, headers: dict | None = None, response_headers: dict | None = None) -> dict:
        labels, probabilities = run(self.session, np.array(payload["instances"], dtype=np.float32))
        return {
            "predictions": [
                {"label": label, "probabilities": row}
                for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
            ]
        }


if __name__ == "__main__":
    server = ModelServer(http_port=int(os.environ["AIP_HTTP_PORT"]), enable_grpc=False)
    # No line a request, as with all others here.
    for name in ("kserve.trace", "uvicorn.access"):
        logging.getLogger(name).disabled = True
    server.start([Onnx()])
