"""A service on this machine whose answers a test chooses."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from doubles import words_up_to

import nerode

WORDS = words_up_to(2, 4)
PARITY = [word.count(0) % 2 for word in WORDS]


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing of clients that went away."""


class Server:
    """A service whose answers a test chooses: `reply` makes a status, headers and a body of what was posted."""

    def __init__(self):
        self.posted = []
        self.reply = lambda body: (200, {}, {"answers": [word.count("a") % 2 for word in body["words"]]})
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.posted.append(body)
                outer.headers = self.headers
                status, headers, answer = outer.reply(body)
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(data))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments):
                pass

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}/predict"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def teacher(self, **options):
        return nerode.load_teacher(self.address, **({"alphabet": "ab", "timeout": 20.0} | options))

    def first(self, count, then):
        """Answer as `then` says for the first so many requests."""
        well, left = self.reply, [count]

        def reply(body):
            left[0] -= 1
            return then if left[0] >= 0 else well(body)

        self.reply = reply
