"""A server on this machine for tests that need a real one."""

import http.server
import json


class Answering(http.server.BaseHTTPRequestHandler):
    """Signs everybody in, and lets nobody open a socket."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"AuthenticationResult": {"AccessToken": "a", "RefreshToken": "r"}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.send_error(418)

    def log_message(self, *_):
        pass
