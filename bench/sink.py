"""A mail server that costs next to nothing: takes every message, keeps none; `python -m bench.sink` prints its port.

So what is measured is the sender. With a folder as argument it keeps the first messages it takes, one file each.
"""

import socketserver
import sys
from pathlib import Path
from typing import BinaryIO, cast

KEPT = 200


class Session(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    rbufsize = 1 << 16

    def handle(self) -> None:
        self.say(b"220 sink.example.org ESMTP")
        reading = cast(BinaryIO, self.rfile)
        while line := reading.readline():
            match line[:4].upper():
                case b"EHLO":
                    self.say(b"250-sink.example.org\r\n250 8BITMIME")
                case b"DATA":
                    self.say(b"354 go on")
                    self.keep(reading)
                    self.say(b"250 taken")
                case b"QUIT":
                    self.say(b"221 bye")
                    return
                case _:
                    self.say(b"250 ok")

    def say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")

    def keep(self, reading: BinaryIO) -> None:
        lines = []
        while (line := reading.readline()) and line != b".\r\n":
            lines.append(line)
        server = cast(Sink, self.server)
        server.taken += 1
        if server.folder and server.taken <= KEPT:
            (server.folder / f"{server.taken}.eml").write_bytes(b"".join(lines))


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = True
    taken = 0
    folder: Path | None = None


if __name__ == "__main__":
    with Sink(("127.0.0.1", 0), Session) as server:
        server.folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
        print(server.server_address[1], flush=True)
        server.serve_forever()
