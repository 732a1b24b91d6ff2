"""A real mail server and a real SMS gateway on loopback, which count what they receive and fail on demand.

What happens is in the recipient's address: `refuse…` 550, `later…` 450, `closing…` 421 and the end, `spam…` 554 after
the text, `slow…` accepts the text and answers too late, `drop…` accepts it and hangs up.
"""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qsl

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Mailbox:
    """What arrived: (every RCPT TO of the envelope, the message)."""

    port: int
    received: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    enough: int = 1_000_000
    has_enough: Event = field(default_factory=Event)
    connections: set[Any] = field(default_factory=set)  # who has named a recipient

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.attempts.append(address)
        self.connections.add(session.peer)
        if address.startswith("refuse"):
            return "550 5.1.1 unknown"
        if address.startswith("closing"):
            server.transport.close()
            return "421 4.3.2 closing"
        if address.startswith("later"):
            return "450 4.2.0 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        to = envelope.rcpt_tos[0]
        if to.startswith("spam"):
            return "554 5.7.1 no"
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.received.append((list(envelope.rcpt_tos), message))
        if len(self.received) >= self.enough:
            self.has_enough.set()
        if to.startswith("slow"):
            await asyncio.sleep(1.5)
        if to.startswith("drop"):
            server.transport.abort()
        return "250 OK"


@contextmanager
def mail_server(*, smtputf8: bool = False) -> Iterator[Mailbox]:
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port, enable_SMTPUTF8=smtputf8)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass
class Gateway:
    """An SMS gateway: `answers` gives the HTTP status by number, 200 by default, or what it does instead.

    `body` and `headers`: what each answer holds; `status`: of those that have none of their own; `may_answer`: until it
    is set, nobody is answered. `asked`: the headers of each request, beside its `received` payload. `meanwhile`: done
    before each answer.
    """

    port: int
    answers: dict[str, int] = field(default_factory=dict)
    received: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    may_answer: Event = field(default_factory=Event)
    meanwhile: Callable[[], None] = lambda: None


TOO_LATE, DROPS, RESETS = -1, -2, -3  # answers too late; takes the message and hangs up; or resets


@contextmanager
def answering(server: TCPServer) -> Iterator[None]:
    """The server answers, in a thread, until the block ends."""
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def sms_gateway() -> Iterator[Gateway]:
    gateway = Gateway(0)
    gateway.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            is_form = self.headers["Content-Type"] == "application/x-www-form-urlencoded"
            payload = dict(parse_qsl(content.decode("ascii"))) if is_form else json.loads(content)
            gateway.received.append(payload)
            gateway.asked.append(dict(self.headers))
            gateway.meanwhile()
            answers = gateway.may_answer.wait(10)
            status = gateway.answers.get(payload["to"], gateway.status) if answers else DROPS
            if status == TOO_LATE:
                time.sleep(1.5)
            if status == RESETS:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if status < 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(gateway.body)))
            self.end_headers()
            self.wfile.write(gateway.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.port = server.server_address[1]
    with answering(server):
        yield gateway
