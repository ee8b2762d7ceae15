"""FastAPI and uvicorn that look the features of each request up themselves, as most teams do.

STORE is postgres or firestore, ARTIFACT a folder with model.onnx. Shaped as server.py: no pydantic, no access log.
"""

import json
import os
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import onnxruntime
import uvicorn
from fastapi import FastAPI, Request, Response

COLUMNS = [f"f{i}" for i in range(30)]

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(
    Path(os.environ["ARTIFACT"]) / "model.onnx", options, providers=["CPUExecutionProvider"]
)


class Postgres:
    async def start(self) -> None:
        import asyncpg

        self.pool = await asyncpg.create_pool(os.environ["POSTGRES_URL"], min_size=4, max_size=4)
        self.query = f"SELECT {', '.join(COLUMNS)} FROM patients WHERE patient_id = $1"

    async def get(self, key: str) -> list[float]:
        return list(await self.pool.fetchrow(self.query, key))


class Firestore:
    async def start(self) -> None:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud.firestore import AsyncClient

        self.patients = AsyncClient(project="p1", credentials=AnonymousCredentials()).collection("patients")

    async def get(self, key: str) -> list[float]:
        document = (await self.patients.document(key).get()).to_dict()
        return [document[column] for column in COLUMNS]


store = {"postgres": Postgres, "firestore": Firestore}[os.environ["STORE"]]()


@asynccontextmanager
async def lifespan(_: FastAPI):
    await store.start()
    yield


app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)


@app.get("/health")
async def health() -> Response:
    return Response(content="{}", media_type="application/json")


@app.post("/predict")
async def predict(request: Request) -> Response:
    instances = json.loads(await request.body())["instances"]
    rows = [await store.get(instance["patient_id"]) for instance in instances]
    labels, probabilities = session.run(["label", "probabilities"], {"features": np.asarray(rows, dtype=np.float32)})
    predictions = [
        {"label": label, "probabilities": row}
        for label, row in zip(labels.tolist(), probabilities.tolist(), strict=True)
    ]
    return Response(content=json.dumps({"predictions": predictions}), media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["AIP_HTTP_PORT"]), log_level="error", access_log=False)
