"""Starts MLServer with the scikit-learn model of AIP_STORAGE_URI, a folder with a model.joblib."""

import json
import os
import tempfile
from pathlib import Path

from google.cloud import storage

HERE = Path(__file__).resolve().parent

bucket, _, prefix = os.environ["AIP_STORAGE_URI"].removeprefix("gs://").partition("/")
folder = Path(tempfile.mkdtemp())
storage.Client().bucket(bucket).blob(f"{prefix}/model.joblib").download_to_filename(folder / "model.joblib")
settings = {"name": "model", "implementation": "vertex.VertexModel", "parameters": {"uri": "./model.joblib"}}
(folder / "model-settings.json").write_text(json.dumps(settings), encoding="utf-8")

environment = {
    "MLSERVER_PARALLEL_WORKERS": "0",
    # Vertex AI asks one port alone.
    "MLSERVER_METRICS_ENDPOINT": "",
    "MLSERVER_GRPC_PORT": "0",
    **os.environ,
    "PYTHONPATH": str(HERE),
}
os.execvpe("mlserver", ["mlserver", "start", str(folder)], environment)
