"""The Prefect server as a child process: serves an inherited socket, and ends when its parent does."""

import gc
import os
import signal
import sys
import threading


def main(descriptor: int) -> None:
    threading.Thread(target=end_with_parent, daemon=True).start()
    gc.disable()  # three thousand modules to load and nothing to collect: a second less
    import uvicorn
    from prefect.server.api.server import create_app

    app = create_app()
    gc.enable()
    uvicorn.run(app, fd=descriptor, log_level="error", lifespan="on", timeout_graceful_shutdown=2)


def end_with_parent() -> None:
    """Standard input reaches its end when the parent closes it, or dies in whatever way."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]))
