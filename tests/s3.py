"""A real S3 server on this machine (moto's), and a wire to it that can be cut."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

BUCKET = "drives"


class Server:
    """The server's process. Everything in it is in its memory."""

    def __init__(self, python: Path) -> None:
        command = [str(python), "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        found = next(filter(None, (re.search(r"http://127\.0\.0\.1:(\d+)", line) for line in self._process.stderr)))
        self.port = int(found[1])
        threading.Thread(target=self._process.stderr.read, daemon=True).start()
        self._ask("", "PUT")

    def contents(self, prefix: str) -> dict[str, bytes]:
        """Every object below that prefix, by its name from there on."""
        names: list[str] = []
        token = ""
        while True:
            page = ElementTree.fromstring(self._ask(f"?list-type=2&prefix={quote(prefix)}/{token}"))
            space = page.tag.partition("}")[0] + "}"
            names += [str(one.text) for one in page.iter(f"{space}Key")]
            more = page.findtext(f"{space}NextContinuationToken")
            if not more:
                break
            token = f"&continuation-token={quote(more)}"
        return {name.removeprefix(f"{prefix}/"): self._ask(f"/{quote(name)}") for name in names}

    def put(self, name: str, content: bytes) -> None:
        """Put an object there."""
        self._ask(f"/{quote(name)}", "PUT", content)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()

    def _ask(self, what: str, method: str = "GET", content: bytes | None = None) -> bytes:
        url = f"http://127.0.0.1:{self.port}/{BUCKET}{what}"
        # It asks for a name only: nobody checks the rest of a signature.
        headers = {
            "Authorization": "AWS4-HMAC-SHA256 Credential=somebody/20260101/us-east-1/s3/aws4_request",
            "Content-Type": "application/octet-stream",
        }
        request = urllib.request.Request(url, data=content, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())


class Wire:
    """A port of this machine that leads to the server, until it is cut in the middle of what goes through it."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._left: int | None = None
        self._is_cut = False
        self.was_cut = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def cut_after(self, sent: int) -> None:
        """Cut it as soon as so many more bytes were sent to the server. Nothing goes through until it is mended."""
        self._left = sent

    def mend(self) -> None:
        """Let everything through again."""
        self._left, self._is_cut = None, False

    def wait_for_cut(self) -> None:
        """Wait until it came to that."""
        assert self.was_cut.wait(60)

    def close(self) -> None:
        """Serve nobody any more."""
        self._cut()
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._is_cut:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._to))
                with self._lock:
                    self._open |= {client, server}
                threading.Thread(target=self._carry, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._carry, args=(server, client, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(1 << 14):
                if counts and self._left is not None:
                    self._left -= len(piece)
                    if self._left < 0:
                        self._cut()
                        return
                target.sendall(piece)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        with self._lock:
            self._open -= {source, target}

    def _cut(self) -> None:
        self._is_cut = True
        self.was_cut.set()
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


def environment_of(port: int) -> dict[str, str]:
    """What a user sets to reach that server."""
    return {
        **os.environ,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "somebody",
        "AWS_SECRET_ACCESS_KEY": "something",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_MAX_ATTEMPTS": "2",  # so that a test need not wait long for the end of its patience
    }


@contextmanager
def served(python: Path) -> Iterator[Server]:
    """The server with an empty bucket, gone in the end. `python` has moto."""
    server = Server(python)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def wired(server: Server) -> Iterator[Wire]:
    """A wire to it."""
    wire = Wire(server.port)
    try:
        yield wire
    finally:
        wire.close()
