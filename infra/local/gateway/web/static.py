"""The page and the JavaScript client, served as they are."""

import mimetypes
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".ts": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".md": "text/plain; charset=utf-8",
}
"""The types that a browser needs to be told, whatever the system's own table says."""
_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Parley is running</title>
<h1>Parley is running</h1>
<p>The page that would be here is not part of this checkout: <code>clients/web/page/</code> does not exist.
<p>What an app needs to connect: <a href="/settings.json">/settings.json</a>. What else is served: docs/local.md.
</html>
"""


def security_headers(pictures: str, connections: tuple[str, ...]) -> dict[str, str]:
    """Return the headers of every file.

    Args:
        pictures: the origin, besides our own, that media come from.
        connections: the origins, besides our own, that scripts may talk to.
    """
    media = f"'self' blob: data: {pictures}"
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "font-src": "'self'",
        "img-src": media,
        "media-src": media,
        "connect-src": " ".join(("'self'", *connections)),
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "frame-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
        "object-src": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
    }


class Files:
    """The files below one folder (ASGI)."""

    def __init__(self, folder: Path, headers: Mapping[str, str]) -> None:
        self._folder = folder
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. The path below the folder is the route's parameter ``path``."""
        request = Request(scope, receive)
        await self._answer(request, scope["path_params"].get("path", ""))(scope, receive, send)

    def _answer(self, request: Request, path: str) -> Response:
        if request.method not in {"GET", "HEAD"}:
            return PlainTextResponse("Method Not Allowed\n", 405, {"allow": "GET, HEAD"})
        file = find(self._folder, path)
        if file is None:
            if not path and not self._folder.is_dir():
                return HTMLResponse(_MISSING, 404, dict(self._headers))
            return PlainTextResponse(f"There is no /{path} here.\n", 404, dict(self._headers))
        answer = FileResponse(file, headers=dict(self._headers), media_type=media_type(file), stat_result=file.stat())
        if request.headers.get("if-none-match") == answer.headers["etag"]:
            return Response(status_code=304, headers={**self._headers, "etag": answer.headers["etag"]})
        return answer


def find(folder: Path, path: str) -> Path | None:
    """Return the file that a path means, or None: there is none, it is hidden, or it lies outside the folder."""
    parts = [part for part in path.split("/") if part]
    if any(part.startswith(".") or "\\" in part or "\x00" in part for part in parts):
        return None
    base = folder.resolve()
    named = base.joinpath(*parts)
    candidates = [named, named / "index.html"]
    if parts and not named.suffix:
        candidates.insert(1, named.with_name(f"{named.name}.html"))
    for candidate in candidates:
        file = candidate.resolve()
        if file.is_file() and file.is_relative_to(base):
            return file
    return None


def media_type(file: Path) -> str:
    """Return the Content-Type of a file."""
    return _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
