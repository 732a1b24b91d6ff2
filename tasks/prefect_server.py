"""The Prefect server as a child process: serves an inherited socket, and ends when its parent does."""

import gc
import os
import signal
import sys
import threading

gc.disable()  # three thousand modules to load and nothing to collect: a second less

import uvicorn  # noqa: E402
from prefect.server.api.server import create_app  # noqa: E402


def end_with_parent() -> None:
    """Standard input reaches its end when the parent closes it, or dies in whatever way."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    app = create_app()
    gc.enable()
    uvicorn.run(app, fd=int(sys.argv[1]), log_level="error", lifespan="on", timeout_graceful_shutdown=2)
