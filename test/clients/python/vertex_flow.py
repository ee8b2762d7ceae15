"""The flow of an article on model versions with google-cloud-aiplatform, against the emulator.

Arguments: the emulator's address (host:port), the transport (grpc or rest), an image that the emulator runs.
The library takes an address but always speaks TLS; that alone is changed.
"""

import sys

address, transport, image = sys.argv[1:]

from urllib.parse import urlsplit  # noqa: E402

import grpc  # noqa: E402
import requests  # noqa: E402
from google.api_core.operations_v1.transports import rest as operations_rest  # noqa: E402
from google.auth.credentials import AnonymousCredentials  # noqa: E402
from google.cloud import aiplatform  # noqa: E402
from google.cloud.aiplatform_v1.services import (  # noqa: E402
    endpoint_service,
    model_service,
    prediction_service,
)


def without_tls(transports, name):
    channel = classmethod(lambda cls, host, **_: grpc.insecure_channel(address))
    getattr(transports, f"{name}GrpcTransport").create_channel = channel
    plain_http(getattr(transports, f"{name}RestTransport"))


def plain_http(rest_transport):
    init = rest_transport.__init__
    rest_transport.__init__ = lambda self, *args, **named: init(self, *args, **{**named, "url_scheme": "http"})


without_tls(model_service.transports, "ModelService")
without_tls(endpoint_service.transports, "EndpointService")
without_tls(prediction_service.transports, "PredictionService")
plain_http(operations_rest.OperationsRestTransport)

class LocalSession(requests.Session):
    """What the library posts by itself goes to the emulator, asked for by the host that the library meant."""

    def post(self, url, headers=None, **named):
        meant = urlsplit(url)
        local = meant._replace(scheme="http", netloc=address).geturl()
        host = meant.netloc if meant.netloc.endswith(".vertexai.goog") else address
        return super().post(local, headers={**(headers or {}), "Host": host}, **named)


aiplatform.init(
    project="p1",
    location="us-central1",
    api_endpoint=address,
    api_transport=transport,
    credentials=AnonymousCredentials(),
)
container = {
    "serving_container_image_uri": image,
    "serving_container_predict_route": "/predict",
    "serving_container_health_route": "/health",
}
first = aiplatform.Model.upload(display_name=f"churn-{transport}", **container)
second = aiplatform.Model.upload(
    display_name=f"churn-{transport}",
    parent_model=first.resource_name,
    version_aliases=["candidate"],
    is_default_version=False,
    **container,
)
assert (first.version_id, second.version_id) == ("1", "2"), (first.version_id, second.version_id)
registry = first.versioning_registry
registry.add_version_aliases(["beta"], "default")
registry.add_version_aliases(["live"], "2")
registry.remove_version_aliases(["candidate"], "2")
registry.update_version("2", version_description="the second", labels={"team": "a"})
versions = {info.version_id: info for info in registry.list_versions()}
assert set(versions["1"].version_aliases) == {"default", "beta"}, versions
assert versions["2"].version_description == "the second", versions
assert aiplatform.Model(f"{first.resource_name}@live").version_id == "2"
print("ok versions and aliases")

endpoint = aiplatform.Endpoint.create(display_name=f"churn-{transport}")
machine = {"machine_type": "n1-standard-2", "min_replica_count": 1}
endpoint.deploy(first, traffic_percentage=100, **machine)
endpoint.deploy(aiplatform.Model(f"{first.resource_name}@2"), traffic_percentage=20, **machine)
models = endpoint.list_models()
assert sorted(endpoint.traffic_split.values()) == [20, 80], endpoint.traffic_split
assert {model.display_name for model in models} == {f"churn-{transport}"}, models
answer = endpoint.predict(instances=[[1, 2]])
assert answer.model_version_id in ("1", "2") and len(answer.predictions) == 1, answer
endpoint.authorized_session = LocalSession()
raw = endpoint.predict(instances=[[1, 2]], use_raw_predict=True)
assert raw.model_version_id in ("1", "2"), raw
print("ok deploy, predict, rawPredict")

dedicated = aiplatform.Endpoint.create(display_name=f"own-{transport}", dedicated_endpoint_enabled=True)
assert dedicated.dedicated_endpoint_dns.endswith(".prediction.vertexai.goog"), dedicated.dedicated_endpoint_dns
dedicated.deploy(first, traffic_percentage=100, **machine)
dedicated.authorized_session = LocalSession()
answer = dedicated.predict(instances=[[1, 2]], use_dedicated_endpoint=True)
assert answer.model_version_id == "1", answer
dedicated.delete(force=True)
print("ok an endpoint with a host of its own")

newer = next(model.id for model in models if model.model_version_id == "2")
older = next(model.id for model in models if model.model_version_id == "1")
endpoint.update(traffic_split={newer: 100, older: 0})
endpoint.undeploy(older)
endpoint.undeploy_all()
registry.delete_version("2")
endpoint.delete()
first.delete()
print("ok undeploy and delete")
