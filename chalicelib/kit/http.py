"""Router: a Chalice blueprint whose routes declare guard, shapes and problems, and whose views only call a service."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from chalice.app import Blueprint

from chalicelib.config import settings
from chalicelib.kit import idempotency
from chalicelib.kit.context import Actor, Context
from chalicelib.kit.errors import AppError, ForbiddenError, InternalError, UnsupportedMediaTypeError
from chalicelib.kit.guards import Guard
from chalicelib.kit.log import access, bind, log
from chalicelib.kit.problems import render_problem
from chalicelib.kit.request import Request
from chalicelib.kit.response import Response, json_response

if TYPE_CHECKING:  # a request that needs no shapes does not wait for pydantic (docs/decisions/0131)
    from pydantic import BaseModel

    from chalicelib.kit.pagination import Page

__all__ = ["NoContent", "Route", "Router"]

V = TypeVar("V", bound=Callable[..., Any])
Answer = Callable[[Context, Request, Mapping[str, str]], Response]
Handler = Callable[[Request, Mapping[str, str]], Response]
Around = Callable[[Context, Request, Callable[[], Response]], Response]
ErrorRenderer = Callable[[AppError, Context, Request], Response]

_JSON = "application/json"
_SAFE_METHODS = frozenset({"GET", "HEAD"})


class NoContent:
    """Declares an answer without a body (204)."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the contract: everything OpenAPI, the authorization matrix and the architecture tests ask about."""

    method: str
    path: str
    name: str
    guard: Guard
    returns: type[BaseModel | NoContent] | None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    status: int = 200
    problems: tuple[type[AppError], ...] = ()
    paged: bool = False
    listed: bool = False
    keyed: bool = False
    conditional: bool = False
    kind: str = "json"
    summary: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def _as_problem(error: AppError, ctx: Context, _: Request) -> Response:
    return render_problem(error, ctx.request_id)


class Router(Blueprint):
    """`route` for typed JSON, `raw` for views that read the request and build the answer themselves (pages, OAuth)."""

    authenticate: ClassVar[Callable[[Request, Context], Actor | None]]
    make_context: ClassVar[Callable[[Request], Context]]

    def __init__(
        self,
        import_name: str,
        *,
        errors: ErrorRenderer = _as_problem,
        kind: str = "json",
        around: Around | None = None,
    ) -> None:
        """`around(ctx, request, answer)` stands between the guard and every view: it calls `answer`, or raises."""
        super().__init__(import_name)
        self.module: str = sys._getframe(1).f_globals["__name__"]  # noqa: SLF001 - where it stands, for `registry.served`
        self.errors = errors
        self.kind = kind
        self.around = around
        self.declared: list[Route] = []
        self.handlers: dict[tuple[str, str], Handler] = {}

    def route(  # type: ignore[override]  # noqa: PLR0913 - Chalice's own keywords are replaced on purpose: guard has no default
        self,
        path: str,
        *,
        methods: Sequence[str],
        guard: Guard,
        returns: type[BaseModel | NoContent] | None,
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        status: int = 200,
        problems: Sequence[type[AppError]] = (),
        paged: bool = False,
        listed: bool = False,
        keyed: bool = False,
        conditional: bool = False,
        headers: Callable[[Any], Mapping[str, str]] | None = None,
    ) -> Callable[[V], V]:
        """Declare a typed JSON route.

        The view receives `ctx`, the path parameters by name, and `body` / `query` where declared; it returns an entity
        that `returns` reads by attribute, a `Page` of such entities when `paged`, or a sequence when `listed`. `keyed`
        honours `Idempotency-Key`; `conditional` gives the view `if_match`, the header's value or None. `headers` makes
        answer headers out of the entity (`Location`, `ETag`).
        """
        (method,) = methods

        def decorate(view: V) -> V:
            route = Route(
                method=method, path=path, name=view.__name__, guard=guard, returns=returns, body=body, query=query,
                status=status, problems=tuple(problems), paged=paged, listed=listed, keyed=keyed,
                conditional=conditional, kind=self.kind, summary=(view.__doc__ or "").strip(),
            )  # fmt: skip

            def answer(ctx: Context, request: Request, params: Mapping[str, str]) -> Response:
                return _call_typed(route, view, ctx, request, params, headers)

            self._declare(route, answer)
            return view

        return decorate

    def raw(
        self,
        path: str,
        *,
        methods: Sequence[str],
        guard: Guard,
        problems: Sequence[type[AppError]] = (),
        returns: type[BaseModel | NoContent] | None = None,
    ) -> Callable[[V], V]:
        """Declare a route whose view takes `(ctx, request, **path parameters)` and returns a Response.

        `returns` only describes the answer, for whoever reads the API's description.
        """

        def decorate(view: V) -> V:
            for method in methods:
                route = Route(
                    method, path, view.__name__, guard, returns, problems=tuple(problems), kind=self.kind,
                    summary=(view.__doc__ or "").strip(),
                )  # fmt: skip
                self._declare(route, lambda ctx, request, params: view(ctx, request, **params))
            return view

        return decorate

    def _declare(self, route: Route, answer: Answer) -> None:
        def serve(request: Request, params: Mapping[str, str]) -> Response:
            return _serve(self, route, answer, request, params)

        def handle(**_: str) -> None:
            raise RuntimeError("kit.app.App serves requests itself; Chalice only packages them")

        handle.__name__ = f"{route.name}_{route.method.lower()}"
        self.declared.append(route)
        self.handlers[route.method, route.path] = serve
        super().route(route.path, methods=[route.method], content_types=[], name=handle.__name__)(handle)


def _serve(router: Router, route: Route, answer: Answer, request: Request, params: Mapping[str, str]) -> Response:
    started, label = perf_counter(), f"{route.method} {route.path}"
    ctx = Router.make_context(request)
    bind(request_id=ctx.request_id, correlation_id=ctx.correlation_id, route=label)
    try:
        if route.guard.asks_who:
            ctx = ctx.as_actor(Router.authenticate(request, ctx))
        _check_same_origin(route, request)
        route.guard.check(ctx.actor)
        response = (
            answer(ctx, request, params)
            if router.around is None
            else router.around(ctx, request, lambda: answer(ctx, request, params))
        )
    except AppError as error:
        response = _rendered(router, error, ctx, request)
    except Exception as error:  # noqa: BLE001 - the last place that can still answer in this audience's dialect
        log.exception("request.failed")
        response = router.errors(InternalError(log={"error": type(error).__name__}), ctx, request)
    access(
        ctx.now,
        request_id=ctx.request_id,
        correlation_id=ctx.correlation_id,
        route=label,
        status_code=response.status,
        duration_ms=round((perf_counter() - started) * 1000, 1),
        tenant_id=ctx.actor and ctx.actor.tenant_id,
    )
    return response.with_headers(X_Request_Id=ctx.request_id)


def _rendered(router: Router, error: AppError, ctx: Context, request: Request) -> Response:
    if error.status >= InternalError.status or error.log:
        log.warning("request.refused", extra={"error_code": error.code, **error.log})
    return router.errors(error, ctx, request)


def _check_same_origin(route: Route, request: Request) -> None:
    """Another site must not act in a person's session: their browser names itself in Origin (Fetch standard)."""
    origin = request.headers.get("origin")
    if route.method in _SAFE_METHODS or not origin or route.kind not in {"json", "page"}:
        return
    # Pages sent with no-referrer post with "Origin: null"; their form token says where they came from.
    if origin != settings().origin and not (origin == "null" and route.kind == "page"):
        raise ForbiddenError("This request came from another site.")


def _call_typed(
    route: Route,
    view: Callable[..., Any],
    ctx: Context,
    request: Request,
    params: Mapping[str, str],
    headers: Callable[[Any], Mapping[str, str]] | None,
) -> Response:
    given: dict[str, Any] = dict(params)
    if route.conditional:
        given["if_match"] = request.headers.get("if-match")
    if route.query is not None:
        from chalicelib.kit.gate import parse_query

        given["query"] = parse_query(route.query, request.query)
    if route.body is not None:
        if request.content_type != _JSON:
            raise UnsupportedMediaTypeError("Send Content-Type: application/json.")
        from chalicelib.kit.gate import parse_json

        given["body"] = parse_json(route.body, request.body)

    def run(ctx: Context) -> Response:
        entity = view(ctx, **given)
        extra = dict(headers(entity)) if headers else {}
        if route.returns is None or route.returns is NoContent:
            return Response("", 204 if route.status == 200 else route.status, {"Cache-Control": "no-store"} | extra)  # noqa: PLR2004
        return json_response(_shown(route, cast("type[BaseModel]", route.returns), entity), route.status, extra)

    if route.keyed and "idempotency-key" in request.headers:
        return idempotency.run_once(ctx, request, run)
    return run(ctx)


def _shown(route: Route, shape: type[BaseModel], entity: Any) -> Any:
    def one(value: Any) -> Any:
        return shape.model_validate(value, strict=False, from_attributes=True).model_dump(mode="json", by_alias=True)

    if route.paged:
        page: Page[Any] = entity
        return {"items": [one(value) for value in page.items], "next_cursor": page.next_cursor}
    if route.listed:
        return [one(value) for value in entity]
    return one(entity)
