"""An ONNX model by the reference implementation of the onnx package, behind FastAPI."""

import os

import numpy
from fastapi import FastAPI, Request
from google.cloud import storage
from onnx.reference import ReferenceEvaluator

bucket, _, prefix = os.environ["AIP_STORAGE_URI"].removeprefix("gs://").partition("/")
model = ReferenceEvaluator(storage.Client().bucket(bucket).blob(f"{prefix}/model.onnx").download_as_bytes())
app = FastAPI()


@app.get("/ready")
def ready() -> dict:
    return {}


@app.post("/predict")
async def predict(request: Request) -> dict:
    rows = numpy.array((await request.json())["instances"], dtype=numpy.float32)
    labels, probabilities = model.run(["label", "probabilities"], {"features": rows})
    pairs = zip(labels.tolist(), numpy.asarray(probabilities).tolist(), strict=True)
    return {"predictions": [{"label": label, "probabilities": row} for label, row in pairs]}
