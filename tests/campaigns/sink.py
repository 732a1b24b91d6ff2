"""A mail server that takes all it is given, in a process of its own: `python -m tests.campaigns.sink PORT LOG [once]`.

aiosmtpd, where Debian's server is not wanted: each message is a line of LOG before its 250. With `once`, a Message-ID
that it has taken is answered 250 and has no effect.
"""

import asyncio
import json
import os
import sys
import time
from email import message_from_bytes
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP


class Taker:
    def __init__(self, log: str, *, once: bool) -> None:
        self.log = os.open(log, os.O_APPEND | os.O_WRONLY)
        self.once = once
        self.taken: set[str] = set()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message: Any = message_from_bytes(envelope.content, policy=default)
        body = message.get_body(("plain",))
        key = str(message["Message-ID"])
        effect = not self.once or key not in self.taken
        self.taken.add(key)
        line = {"effect": effect, "to": envelope.rcpt_tos, "key": key, "text": body.get_content() if body else ""}
        os.write(self.log, json.dumps(line | {"at": time.time()}).encode() + b"\n")
        return "250 OK"


async def serve(port: int, log: str, *, once: bool) -> None:
    taker = Taker(log, once=once)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(taker, hostname="sink.example.org"), "127.0.0.1", port
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], once="once" in sys.argv[3:]))
