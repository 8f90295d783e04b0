"""App: Chalice with one greedy API Gateway resource; it finds the route itself, so 404 and 405 are ours as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice

from chalicelib.kit.errors import AppError, InternalError, MalformedRequestError, MethodNotAllowedError, NotFoundError
from chalicelib.kit.http import Handler, Router
from chalicelib.kit.log import log
from chalicelib.kit.problems import render_problem
from chalicelib.kit.request import Request, read_request
from chalicelib.kit.response import Response

__all__ = ["App", "Place"]

_Node = dict[str, Any]
_HERE = "\0"  # key of the template that ends at a node; no path segment contains NUL


@dataclass(frozen=True, slots=True)
class Place:
    """Where a router stands: `load` imports its module, and is called by the first request for one of its addresses."""

    kind: str
    load: Callable[[], Router]


class App(Chalice):
    """Paths match segment by segment, literal before parameter; a trailing slash is the same resource."""

    def __init__(self, app_name: str) -> None:
        super().__init__(app_name)
        self._tree: _Node = {}
        self._literal: set[str] = set()
        self._places: dict[str, dict[str, Place]] = {}
        self._handlers: dict[tuple[str, str], Handler] = {}

    def mount(self, router: Router) -> None:
        """Serve a router that is here already, and have Chalice package it."""
        self.register_blueprint(router)
        self.serve(Place(router.kind, lambda: router), router.handlers)

    def serve(self, place: Place, addresses: Iterable[Sequence[str]]) -> None:
        """Answer the `(method, path)` of a router that is imported when one of them is asked for."""
        for method, path in addresses:
            self._insert(path)
            self._places.setdefault(path, {})[method] = place

    def _insert(self, template: str) -> None:
        if "{" not in template:
            self._literal.add(template)
        node = self._tree
        for segment in _segments(template):
            node = node.setdefault("{}" if segment.startswith("{") else segment, {})
        node[_HERE] = template

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The route template of a raw path with its parameters decoded once, or None."""
        if path in self._literal:
            return path, {}
        segments = [unquote(segment) for segment in _segments(path)]
        template = _walk(self._tree, segments)
        if template is None:
            return None
        names = _segments(template)
        return template, {n[1:-1]: s for n, s in zip(names, segments, strict=True) if n.startswith("{")}

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        """Serve an API Gateway proxy event. Chalice's own dispatch is left out: it would parse and match once more."""
        del context
        try:
            return _to_gateway(self._serve(event))
        except Exception:  # noqa: BLE001 - even rendering the error failed; the caller still gets an answer
            log.exception("request.unanswered")
            return _to_gateway(render_problem(InternalError(), ""))

    def _serve(self, event: Mapping[str, Any]) -> Response:
        try:
            request = read_request(event)
        except MalformedRequestError as error:
            return self._refuse(error, _UNREADABLE)
        found = self.match(event.get("path") or "/")
        if found is None:
            # A person is told what the page says by itself.
            detail = "" if request.wants_html else "No such address. The API is described at /openapi.json."
            return self._refuse(NotFoundError(detail), request)
        template, params = found
        places = self._places[template]
        method = "GET" if request.method == "HEAD" and "GET" in places else request.method
        if method not in places:
            allow = ", ".join(sorted(places))
            return self._refuse(MethodNotAllowedError(f"Use {allow}.", headers={"Allow": allow}), request)
        response = self._handler(method, template)(request, params)
        return replace(response, body="") if request.method == "HEAD" else response

    def _handler(self, method: str, template: str) -> Handler:
        known = self._handlers.get((method, template))
        if known is None:
            known = self._places[template][method].load().handlers[method, template]
            self._handlers[method, template] = known
        return known

    def _refuse(self, error: AppError, request: Request) -> Response:
        ctx = Router.make_context(request)
        return self._nearest(request).errors(error, ctx, request).with_headers(X_Request_Id=ctx.request_id)

    def _nearest(self, request: Request) -> Router:
        """The router whose addresses look most like this one; of equals a person gets a page."""

        def likeness(entry: tuple[str, Place]) -> tuple[int, bool]:
            template, place = entry
            return _common(template, request.path), request.wants_html == (place.kind == "page")

        entries = ((template, place) for template, places in self._places.items() for place in places.values())
        return max(entries, key=likeness)[1].load()


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _walk(node: _Node, segments: list[str]) -> str | None:
    if not segments:
        found: str | None = node.get(_HERE)
        return found
    head, rest = segments[0], segments[1:]
    for key in (head, "{}"):
        if key in node and key != _HERE:
            template = _walk(node[key], rest)
            if template is not None:
                return template
    return None


def _common(template: str, path: str) -> int:
    count = 0
    for ours, theirs in zip(_segments(template), _segments(path), strict=False):
        if ours != theirs:
            break
        count += 1
    return count


def _to_gateway(response: Response) -> dict[str, Any]:
    multi: dict[str, list[str]] = {"Set-Cookie": list(response.cookies)} if response.cookies else {}
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "multiValueHeaders": multi,
        "body": response.body,
        "isBase64Encoded": response.is_base64,
    }


_UNREADABLE = read_request({})
