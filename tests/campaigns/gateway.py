"""A hostile SMS gateway: `python -m tests.campaigns.gateway PORT LOG SEED MANNERS`.

It takes `{"to", "message", "key"}` or an `Idempotency-Key`, and treats one key as one message: a repetition of what it
took is answered 200 and has no effect. Each request is a line of LOG before it is answered. What it does is drawn from
the seed, the recipient and how often that one was tried:

`slow` takes it and answers after 0.3 s · `drop` takes it and hangs up · `500` and `429` do not take it · `reset` resets
the connection without having taken it · `lag` takes it and answers after 30 s
"""

import hashlib
import json
import os
import socket
import struct
import sys
import time
from collections import Counter
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

TAKES = ("ok", "slow", "drop", "lag")


def drawn(seed: str, to: str, attempt: int, manners: Mapping[str, float]) -> str:
    digest = hashlib.sha256(f"{seed}/{to}/{attempt}".encode()).digest()
    point = int.from_bytes(digest[:8]) / 2**64
    for manner, share in manners.items():
        point -= share
        if point < 0:
            return manner
    return "ok"


class Counted(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, log: str, seed: str, manners: Mapping[str, float]) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.log = os.open(log, os.O_APPEND | os.O_WRONLY)
        self.seed, self.manners = seed, manners
        self.tried: Counter[str] = Counter()
        self.taken: set[str] = set()
        self.lock = Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed in the middle is what this is for."""

    def noted(self, to: str, key: str, text: str) -> str:
        with self.lock:
            self.tried[to] += 1
            does = drawn(self.seed, to, self.tried[to], self.manners)
            known = bool(key) and key in self.taken
            effect = does in TAKES and not known
            if effect and key:
                self.taken.add(key)
            line = {"to": to, "key": key, "does": does, "effect": effect, "repeats": known, "text": text}
            os.write(self.log, json.dumps(line | {"at": time.time()}).encode() + b"\n")
        return does


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Counted

    def do_POST(self) -> None:
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = str(self.headers.get("Idempotency-Key") or payload.get("key") or "")
        does = self.server.noted(str(payload["to"]), key, str(payload.get("message") or payload.get("text")))
        match does:
            case "drop":
                self.close_connection = True
                return
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
                return
            case "slow":
                time.sleep(0.3)
            case "lag":
                time.sleep(30)
        self.send_response(int(does) if does.isdigit() else 200)
        self.send_header("Content-Type", "application/json")
        if does == "429":
            self.send_header("Retry-After", "60")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        """LOG is enough."""


if __name__ == "__main__":
    port, log, seed, manners = sys.argv[1:]
    Counted(int(port), log, seed, json.loads(manners)).serve_forever()
