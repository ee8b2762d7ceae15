"""What a careful team writes by hand: bare ASGI, orjson and ONNX Runtime, no framework.

SERVER is uvicorn (uvloop and httptools) or granian.
"""

import os
from typing import Any

import numpy as np
import orjson
from onnx_model import load, run

SESSION = load()
HEAD = [(b"content-type", b"application/json")]


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    body = b"{}"
    if scope["method"] == "POST":
        parts = []
        more = True
        while more:
            message = await receive()
            parts.append(message["body"])
            more = message.get("more_body", False)
        rows = np.array(orjson.loads(b"".join(parts))["instances"], dtype=np.float32)
        labels, probabilities = run(SESSION, rows)
        predictions = [
            {"label": label, "probabilities": row}
            for label, row in zip(labels.tolist(), probabilities, strict=True)
        ]
        body = orjson.dumps({"predictions": predictions}, option=orjson.OPT_SERIALIZE_NUMPY)
    headers = [*HEAD, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    port = int(os.environ["AIP_HTTP_PORT"])
    if os.environ["SERVER"] == "granian":
        from granian import Granian
        from granian.constants import Interfaces, Loops

        Granian(
            "asgi:app", address="127.0.0.1", port=port, interface=Interfaces.ASGINL, loop=Loops.uvloop, log_enabled=False
        ).serve()
    else:
        import uvicorn

        uvicorn.run(
            app,
            host="127.0.0.1",
            port=port,
            loop="uvloop",
            http="httptools",
            lifespan="off",
            log_level="error",
            access_log=False,
        )
