"""MLServer's own runtime for scikit-learn, with the route and the form of Vertex AI beside those of MLServer."""

from fastapi import HTTPException, Request
from mlserver.handlers import custom_handler
from mlserver_sklearn import SKLearnModel


class VertexModel(SKLearnModel):
    @custom_handler(rest_path="/predict")
    async def vertex(self, request: Request) -> dict:
        instances = (await request.json()).get("instances", [])
        try:
            return {"predictions": self._model.predict_proba(instances)[:, 1].tolist()}
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
