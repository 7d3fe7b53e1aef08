"""What only the page asks for: whom it shows, and what AWS charges."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from infra import capacity
from infra.local import people

_PRICES = Path(capacity.__file__).parent / "prices.json"
_FRESH = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


class PageOnly:
    """The routes' handlers."""

    def __init__(self, shown: Path) -> None:
        self._shown = shown

    async def people(self, _: Request) -> Response:
        """``GET /dev/people``."""
        return JSONResponse({"people": people.read(self._shown)}, headers=_FRESH)

    async def prices(self, _: Request) -> Response:
        """``GET /dev/prices``."""
        return FileResponse(_PRICES, headers=_FRESH, media_type="application/json")
