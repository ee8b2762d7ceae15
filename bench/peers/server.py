"""What most teams serve on Vertex AI today: FastAPI and uvicorn, shaped like Google's own prediction server.

The route is that of google-cloud-aiplatform's model_server.py: the raw request, json.loads, the model, json.dumps,
a raw response; no pydantic, no access log. MODEL is v1 or v2 of the breast-cancer example, RUNTIME is sklearn or
onnxruntime.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "breast-cancer"
Predict = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def sklearn_predict(version: str) -> Predict:
    """The estimator itself, trained again by the example's script: the same data, seed and versions."""
    sys.path.insert(0, str(EXAMPLE))
    import train

    data = train.load_split()
    model = train.MODELS[version]().fit(data.train_rows.astype(np.float32), data.train_labels)

    def predict(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        probabilities = model.predict_proba(rows)
        return model.classes_[probabilities.argmax(axis=1)], probabilities

    return predict


def onnx_predict(version: str) -> Predict:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    path = EXAMPLE / "artifacts" / version / "model.onnx"
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda rows: session.run(["label", "probabilities"], {"features": rows})


def build(predict: Predict) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    async def health() -> Response:
        return Response(content="{}", media_type="application/json")

    @app.post("/predict")
    async def predict_route(request: Request) -> Response:
        instances = json.loads(await request.body())["instances"]
        labels, probabilities = predict(np.asarray(instances, dtype=np.float32))
        predictions = [
            {"label": label, "probabilities": row}
            for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
        ]
        return Response(content=json.dumps({"predictions": predictions}), media_type="application/json")

    return app


if __name__ == "__main__":
    make = {"sklearn": sklearn_predict, "onnxruntime": onnx_predict}[os.environ["RUNTIME"]]
    uvicorn.run(
        build(make(os.environ["MODEL"])),
        host="127.0.0.1",
        port=int(os.environ["AIP_HTTP_PORT"]),
        log_level="error",
        access_log=False,
    )
