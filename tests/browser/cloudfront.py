"""Serves the page's bucket as its distribution would: by key, with the headers of its policy."""

import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from infra import templates

_PAGE = templates.load().nested["page.yaml"]["Resources"]
_CONFIG = _PAGE["PageDistribution"]["Properties"]["DistributionConfig"]


def headers(policy: Mapping[str, Any]) -> dict[str, str]:
    """Return what CloudFront adds to every answer by a response headers policy."""
    security = policy["SecurityHeadersConfig"]
    [origin] = policy["CorsConfig"]["AccessControlAllowOrigins"]["Items"]
    return {
        "Access-Control-Allow-Origin": origin,
        "Content-Security-Policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "Referrer-Policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": security["FrameOptions"]["FrameOption"],
    }


@contextmanager
def serving(s3: Any, bucket: str, added: Mapping[str, str]) -> Iterator[str]:
    """Serve the bucket while the block lasts, and return the address."""
    [error] = _CONFIG["CustomErrorResponses"]

    def fetched(path: str) -> tuple[int, Any]:
        key = path.partition("?")[0].removeprefix("/") or _CONFIG["DefaultRootObject"]
        try:
            return 200, s3.get_object(Bucket=bucket, Key=key)
        except ClientError:
            return error["ResponseCode"], s3.get_object(Bucket=bucket, Key=error["ResponsePagePath"].removeprefix("/"))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, file = fetched(self.path)
            body = file["Body"].read()
            self.send_response(status)
            own = {"Content-Type": file["ContentType"], "Cache-Control": file["CacheControl"]}
            for name, value in {**own, "Content-Length": str(len(body)), **added}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

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
