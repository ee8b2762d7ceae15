"""MLServer with a runtime for ONNX, asked by the V2 protocol. Its default of a pool of processes is off: it costs more.

Run as a script, it writes the settings to a folder of its own and starts the server.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from onnx_model import load, run


class Onnx(MLModel):
    async def load(self) -> bool:
        self.session = load()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        labels, probabilities = run(self.session, self.decode(payload.inputs[0], default_codec=NumpyCodec))
        return InferenceResponse(
            model_name=self.name,
            outputs=[
                NumpyCodec.encode_output("label", labels),
                NumpyCodec.encode_output("probabilities", probabilities),
            ],
        )


if __name__ == "__main__":
    folder = Path(tempfile.mkdtemp())
    port = int(os.environ["AIP_HTTP_PORT"])
    settings = {
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": port + 1,
        "metrics_port": port + 2,
        "parallel_workers": 0,
        "debug": False,
    }
    model = {"name": "example", "implementation": "mlserver_onnx.Onnx"}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(model))
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    os.execv(sys.executable, [sys.executable, "-m", "mlserver.cli.main", "start", str(folder)])
