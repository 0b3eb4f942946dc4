"""Serves the built console: hashed assets for ever, the page itself always fresh, and every other path as the page."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent.parent / "console"
_NOT_PAGES = ("api/", "v1/", "v1beta/", "realtime", "collab/", "mcp", "agui/", "ofrep/", "metrics", "healthz", "readyz")
_MISSING = """<!doctype html><meta charset="utf-8"><title>PowerAutomation</title>
<h1>The console is not built</h1><p>The gateway works. Run <code>make setup</code> to build the console.</p>"""


class _Assets(StaticFiles):
    """Files whose names hold a hash of their content: browsers may keep them for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


class _FreshFiles(StaticFiles):
    """Files that keep their names from version to version: browsers ask each time whether they changed."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        response.headers["cache-control"] = "no-cache"
        return response


def mount(app: FastAPI) -> None:
    """Add the console's routes, last: they take every path nobody else answers."""
    if (FOLDER / "assets").is_dir():
        app.mount("/assets", _Assets(directory=FOLDER / "assets"), name="assets")

    if (FOLDER / "api-docs").is_dir():
        app.mount("/api-docs", _FreshFiles(directory=FOLDER / "api-docs"), name="api-docs")

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(path: str) -> Response:
        from powerautomation.kernel.errors import NotFound

        if path.startswith(_NOT_PAGES):
            raise NotFound(f"There is nothing at /{path}.", action="The API is described at /docs.")
        file = (FOLDER / path).resolve()
        if path and "/" not in path and file.parent == FOLDER.resolve() and file.is_file():
            return FileResponse(file, headers={"cache-control": "no-cache"})
        index = FOLDER / "index.html"
        if not index.is_file():
            return HTMLResponse(_MISSING, status_code=503)
        return FileResponse(index, headers={"cache-control": "no-cache"})
