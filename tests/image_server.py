"""A tiny Fashion-MNIST and a server on this machine that has its files, for tests of what is downloaded.

`make_original` draws a set and packs its files as they were published; `serve` answers requests for them.
"""

import contextlib
import gzip
import hashlib
import http.server
import struct
import threading
from collections.abc import Iterator, Mapping

import numpy as np

from dcgan.data.cache import content_sha256
from dcgan.data.download import PublishedFile
from dcgan.data.sources import Original


def make_original(split: str, images: np.ndarray, labels: np.ndarray) -> tuple[Original, dict[str, bytes]]:
    """A split of images (N, H, W) as it would be published, and its files' bytes by their names."""
    files, contents = [], {}
    for kind, array in (("images", images), ("labels", labels)):
        content = gzip.compress(_idx(array))
        name = f"{split}-{kind}.gz"
        contents[name] = content
        files.append(PublishedFile(name, len(content), hashlib.sha256(content).hexdigest()))
    return Original(files[0], files[1], images.shape, content_sha256(images, labels)), contents


def _idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@contextlib.contextmanager
def serve(contents: Mapping[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """Serve files by their names; yields the address that they are under, and the list of requests that came."""
    requests: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(f"{self.command} {self.path}")
            content = contents.get(self.path.removeprefix("/"))
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            if content and self.command == "GET":
                with contextlib.suppress(ConnectionError):  # whoever asked has had enough
                    self.wfile.write(content)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/", requests
        running.shutdown()
        thread.join()
