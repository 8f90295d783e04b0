"""App: Chalice with one greedy API Gateway resource; it finds the route itself, so 404 and 405 are ours as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice

from chalicelib.kit.errors import AppError, MalformedRequestError, MethodNotAllowedError, NotFoundError
from chalicelib.kit.http import Router
from chalicelib.kit.request import Request, read_request
from chalicelib.kit.response import Response

__all__ = ["App"]

_Node = dict[str, Any]
_HERE = "\0"  # key of the template that ends at a node; no path segment contains NUL


class App(Chalice):
    """Paths match segment by segment, literal before parameter; a trailing slash is the same resource."""

    def __init__(self, app_name: str) -> None:
        super().__init__(app_name)
        self._tree: _Node = {}
        self._by_prefix: list[tuple[str, Router]] = []

    def mount(self, router: Router) -> None:
        self.register_blueprint(router)
        for route in router.declared:
            self._insert(route.path)
            self._by_prefix.append((route.path, router))

    def _insert(self, template: str) -> None:
        node = self._tree
        for segment in _segments(template):
            node = node.setdefault("{}" if segment.startswith("{") else segment, {})
        node[_HERE] = template

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The route template of a raw path with its parameters decoded once, or None."""
        segments = [unquote(segment) for segment in _segments(path)]
        template = _walk(self._tree, segments)
        if template is None:
            return None
        names = _segments(template)
        return template, {n[1:-1]: s for n, s in zip(names, segments, strict=True) if n.startswith("{")}

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        try:
            request = read_request(event)
        except MalformedRequestError as error:
            return self._refuse(error, Request("GET", "/", {}, _NO_FORM, b"", {}, "", ""))
        found = self.match(event.get("path") or "/")
        if found is None:
            return self._refuse(NotFoundError("No such address. The API is described at /openapi.json."), request)
        template, params = found
        methods = self.routes[template]
        method = "GET" if request.method == "HEAD" and "GET" in methods else request.method
        if method not in methods:
            allow = ", ".join(sorted(methods))
            return self._refuse(MethodNotAllowedError(f"Use {allow}.", headers={"Allow": allow}), request, template)
        Router.current_event_request = request
        try:
            answer: dict[str, Any] = super().__call__(_routed(event, template, method, params), context)
        finally:
            Router.current_event_request = None
        if request.method == "HEAD":
            answer["body"] = ""
        return answer

    def _refuse(self, error: AppError, request: Request, template: str = "") -> dict[str, Any]:
        ctx = Router.make_context(request)
        router = self._nearest(template or request.path)
        response = router.errors(error, ctx, request).with_headers(X_Request_Id=ctx.request_id)
        return _to_gateway(response)

    def _nearest(self, path: str) -> Router:
        """The router whose addresses look most like `path`: an unknown page gets a page, an unknown API a problem."""
        return max(self._by_prefix, key=lambda entry: _common(entry[0], path))[1]


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


def _routed(event: Mapping[str, Any], template: str, method: str, params: Mapping[str, str]) -> dict[str, Any]:
    context = {**(event.get("requestContext") or {}), "resourcePath": template, "httpMethod": method}
    return {**event, "requestContext": context, "pathParameters": dict(params)}


def _to_gateway(response: Response) -> dict[str, Any]:
    multi: dict[str, list[str]] = {"Set-Cookie": list(response.cookies)} if response.cookies else {}
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "multiValueHeaders": multi,
        "body": response.body,
    }


_NO_FORM = read_request({}).query
