"""A Vertex pipeline that trains, evaluates, lands and announces the breast-cancer model.

  train     candidate, kept in the pipeline's own folder
  evaluate  metrics; the run ends here if the model is not good enough
  land      the artifact, in the folder the service watches, the marker last
  announce  {"pipelineJob": …} on the topic slipway-requests

Compile:  python pipeline.py pipeline.json
"""

import sys
from pathlib import Path

from kfp import compiler, dsl
from kfp.dsl import Artifact, Input, Metrics, Model, Output

TRAINING = Path(__file__).parent.parent / "breast-cancer"
PYTHON = "python:3.11-slim"
REQUIREMENTS = [
    line
    for line in (TRAINING / "requirements.txt").read_text().splitlines()
    if not line.startswith("#")
]


@dsl.component(base_image=PYTHON, packages_to_install=REQUIREMENTS)
def train(script: str, version: str, candidate: Output[Artifact]) -> None:
    """Train outside the watched folder: nothing is released before it is evaluated."""
    from pathlib import Path
    from types import ModuleType

    training = ModuleType("training")
    exec(script, training.__dict__)
    data = training.load_split()
    artifact = training.build(training.train(version, data), data)
    folder = Path(candidate.path)
    folder.mkdir(parents=True)
    for path, content in artifact.items():
        (folder / path).write_bytes(content)


@dsl.component(base_image=PYTHON, packages_to_install=REQUIREMENTS)
def evaluate(
    script: str,
    minimum_accuracy: float,
    candidate: Input[Artifact],
    metrics: Output[Metrics],
) -> None:
    """Accuracy on the held-out rows. Fails the run below `minimum_accuracy`."""
    from pathlib import Path
    from types import ModuleType

    training = ModuleType("training")
    exec(script, training.__dict__)
    data = training.load_split()
    model = (Path(candidate.path) / training.MARKER).read_bytes()
    labels, _ = training.predict(model, data.test_rows)
    accuracy = float((labels == data.test_labels).mean())
    metrics.log_metric("accuracy", accuracy)
    if accuracy < minimum_accuracy:
        raise ValueError(f"expected an accuracy of at least {minimum_accuracy}, got {accuracy:.4f}")


@dsl.component(base_image=PYTHON, packages_to_install=REQUIREMENTS)
def land(
    script: str,
    artifacts: str,
    run: str,
    candidate: Input[Artifact],
    model: Output[Model],
) -> None:
    """Copy the candidate to the folder `artifacts`/`run`, the marker last."""
    from pathlib import Path
    from types import ModuleType

    training = ModuleType("training")
    exec(script, training.__dict__)
    # The deployer finds this artifact in the pipeline job, and maps its URI to the service.
    model.uri = f"{artifacts}/{run}"
    paths = ["golden.jsonl", "manifest.json", training.MARKER]
    artifact = {path: (Path(candidate.path) / path).read_bytes() for path in paths}
    training.publish(artifact, *training.gs_folder(model.uri))


@dsl.component(base_image=PYTHON, packages_to_install=["google-cloud-pubsub==2.44.0"])
def announce(project: str, topic: str, pipeline_job: str) -> None:
    """Tell Slipway that this pipeline job has a model to release."""
    import json

    from google.cloud import pubsub_v1

    publisher = pubsub_v1.PublisherClient()
    message = json.dumps({"pipelineJob": pipeline_job}).encode()
    publisher.publish(publisher.topic_path(project, topic), message).result(timeout=60)


@dsl.pipeline(name="breast-cancer")
def breast_cancer(
    project: str,
    artifacts: str,
    version: str = "v2",
    minimum_accuracy: float = 0.95,
    topic: str = "slipway-requests",
) -> None:
    """`artifacts`: the service's folder, as in slipway.yaml: gs://my-project-models/breast-cancer."""
    script = (TRAINING / "train.py").read_text()
    trained = train(script=script, version=version)
    candidate = trained.outputs["candidate"]
    evaluated = evaluate(script=script, minimum_accuracy=minimum_accuracy, candidate=candidate)
    landed = land(
        script=script,
        artifacts=artifacts,
        run=dsl.PIPELINE_JOB_ID_PLACEHOLDER,
        candidate=candidate,
    ).after(evaluated)
    announced = announce(
        project=project,
        topic=topic,
        pipeline_job=dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER,
    ).after(landed)
    # A cached result would skip what these two are for.
    landed.set_caching_options(enable_caching=False)
    announced.set_caching_options(enable_caching=False)


if __name__ == "__main__":
    compiler.Compiler().compile(breast_cancer, package_path=sys.argv[1])
