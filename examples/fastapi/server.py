"""A plain model server: FastAPI and uvicorn, with a scikit-learn model as joblib writes it.

Vertex AI tells it where its artifact is (AIP_STORAGE_URI), asks /health until it answers 200, and posts
{"instances": [...]} to /predict.
"""

import os
import tempfile
from pathlib import Path

import joblib
from fastapi import FastAPI, HTTPException, Request
from google.cloud import storage


def download(uri: str) -> Path:
    """Copies the folder gs://BUCKET/PREFIX, and returns where it is."""
    bucket, _, prefix = uri.removeprefix("gs://").partition("/")
    folder = Path(tempfile.mkdtemp())
    for blob in storage.Client().list_blobs(bucket, prefix=f"{prefix}/"):
        path = folder / blob.name.removeprefix(f"{prefix}/")
        path.parent.mkdir(parents=True, exist_ok=True)
        blob.download_to_filename(path)
    return folder


# Before the port opens: a model that cannot be loaded ends the container, and the release with it.
model = joblib.load(download(os.environ["AIP_STORAGE_URI"]) / "model.joblib")
app = FastAPI()


@app.get(os.environ.get("AIP_HEALTH_ROUTE", "/health"))
def health() -> dict:
    return {}


@app.post(os.environ.get("AIP_PREDICT_ROUTE", "/predict"))
async def predict(request: Request) -> dict:
    instances = (await request.json()).get("instances", [])
    try:
        return {"predictions": model.predict_proba(instances)[:, 1].tolist()}
    except ValueError as error:
        raise HTTPException(400, str(error)) from error
