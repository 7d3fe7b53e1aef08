"""Serves the page's files as its distribution would: under their keys, with the headers of the template's policy."""

import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from infra.page.publish import Object
from tests.unit.infra.templates.whole import RESOURCES, evaluated


def headers(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return what CloudFront adds to every answer, with these parameters of the templates."""
    policy = evaluated(RESOURCES["PageHeaders"]["Properties"], parameters)["ResponseHeadersPolicyConfig"]
    security = policy["SecurityHeadersConfig"]
    return {
        "Access-Control-Allow-Origin": policy["CorsConfig"]["AccessControlAllowOrigins"]["Items"][0],
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
    }


@contextmanager
def serving(files: Mapping[str, Object], added: Mapping[str, str]) -> Iterator[str]:
    """Serve the files while the block lasts, and return the address."""
    config = RESOURCES["PageDistribution"]["Properties"]["DistributionConfig"]
    (error,) = config["CustomErrorResponses"]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            key = self.path.partition("?")[0].removeprefix("/") or config["DefaultRootObject"]
            status = 200 if key in files else error["ResponseCode"]
            file = files.get(key) or files[error["ResponsePagePath"].removeprefix("/")]
            self.send_response(status)
            own = {"Content-Type": file.type, "Cache-Control": file.cache, "Content-Length": str(len(file.body))}
            for name, value in {**own, **added}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(file.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
