"""Serves every deployment from this process until it is told to stop: each run is a process of its own."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any

from prefect.runner import Runner

from flows.deployments import deployments

AT_ONCE = 2  # runs at a time: after an outage, all the late ones start together


class QuietRunner(Runner):
    """Prefect's own handler stops the runner with a coroutine that nobody awaits, and says so at length."""

    def handle_sigterm(self, *args: Any, **kwargs: Any) -> None:
        self.execute_in_background(self.astop)


def serve_until_stopped(*, ready: Callable[[], None]) -> None:
    """`ready` is called once the schedules are known to the server. Returns after SIGTERM or SIGINT."""
    asyncio.run(_serve(ready))


async def _serve(ready: Callable[[], None]) -> None:
    runner = QuietRunner(name="jalon", pause_on_shutdown=False, limit=AT_ONCE)
    for deployment in await deployments():
        await runner.aadd_deployment(deployment)
    ready()
    signal.signal(signal.SIGINT, runner.handle_sigterm)
    await runner.start()
