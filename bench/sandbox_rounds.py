"""Rounds of a crowd at the thirty places for sandboxes, on the DynamoDB of a running portal (D7).

`python -m bench.sandbox_rounds [creates] [comings-and-goings]`: service and repository of the package in fifty threads,
against tables of their own in the embedded AWS, so that a round costs a second and not a minute of provisioning.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from infra.target import EMBEDDED_ACCOUNT, EMBEDDED_REGION, EMBEDDED_SECRET

CROWD, CAP, MIXED = 50, 30, 2


def settle() -> None:
    """The environment of a function, with tables of our own."""
    stack = json.loads((Path(os.environ.get("ANSLUT_STATE_DIR", ".portal")) / "stack.json").read_text())
    os.environ.update(
        ANSLUT_STAGE="test",
        ANSLUT_PREFIX=f"rounds-{time.time_ns()}",
        ANSLUT_ORIGIN="https://portal.test",
        AWS_ENDPOINT_URL=stack["aws_endpoint"],
        AWS_ACCESS_KEY_ID=EMBEDDED_ACCOUNT,
        AWS_SECRET_ACCESS_KEY=EMBEDDED_SECRET,
        AWS_DEFAULT_REGION=EMBEDDED_REGION,
        POWERTOOLS_LOG_LEVEL="CRITICAL",
    )


class Rounds:
    """One developer company, and threads that act for it."""

    def __init__(self) -> None:
        from chalicelib import registry
        from chalicelib.kit import store

        self.tables = registry.TABLES
        for table in self.tables:
            table.create_table(wait=False)
        store.shared_connection().client  # noqa: B018 - made before the threads, which would each make one
        self.actor = new_developer()
        self.threads = ThreadPoolExecutor(CROWD)
        self.unknown = 0

    def together(self, *works: Callable[[], Any]) -> list[Any]:
        return [future.result() for future in [self.threads.submit(work) for work in works]]

    def until_known(self, work: Callable[[], Any]) -> Any:
        """503 means: ask again with the same key, as the API has it."""
        from chalicelib.kit.errors import UnavailableError

        while True:
            try:
                return work()
            except UnavailableError:
                self.unknown += 1

    def create(self) -> str | None:
        """The id, or None when there were thirty."""
        from chalicelib.kit.context import new_context, new_id
        from chalicelib.sandboxes import service
        from chalicelib.sandboxes.domain import SandboxCapReachedError
        from chalicelib.sandboxes.schemas import SandboxCreate

        key = new_id("key")

        def ask() -> str:
            made = service.create_sandbox(
                new_context(self.actor).with_operation(key), SandboxCreate(name="Round", data="small")
            )
            return str(made.sandbox_id)

        try:
            return str(self.until_known(ask))
        except SandboxCapReachedError:
            return None

    def delete(self, sandbox_id: str) -> None:
        """Asked for and carried out, as route and queue do."""
        from chalicelib.kit.context import new_context
        from chalicelib.sandboxes import provisioning, service

        ctx = new_context(self.actor)
        self.until_known(lambda: service.delete_sandbox(ctx, sandbox_id))
        self.until_known(lambda: provisioning.remove(ctx, ctx.caller.tenant_id, sandbox_id))

    def bury(self, sandbox_id: str) -> None:
        """The same for one in which nothing was made yet: without looking for what could be inside."""
        from chalicelib.kit.context import new_context
        from chalicelib.sandboxes import repository, service

        ctx = new_context(self.actor)
        self.until_known(lambda: service.delete_sandbox(ctx, sandbox_id))
        standing = repository.find_live(ctx.caller.tenant_id, sandbox_id)
        if standing is not None:
            self.until_known(lambda: repository.finish_deletion(standing, ctx.now))

    def standing(self) -> tuple[set[str], set[str]]:
        """Who holds a slot, and who is there."""
        from chalicelib.kit import store
        from chalicelib.sandboxes import repository
        from chalicelib.sandboxes.repository import SlotItem

        tenant_id = self.actor.tenant_id

        def list_held() -> list[str]:
            with store.faults():
                return [row.sandbox_id for row in SlotItem.query(tenant_id, consistent_read=True)]

        held = self.until_known(list_held)
        assert len(held) == len(set(held)) <= CAP, held
        return set(held), {one.sandbox_id for one in self.until_known(lambda: repository.list_live(tenant_id))}

    def end(self) -> None:
        self.threads.shutdown()
        for table in self.tables:
            table.delete_table()


def new_developer() -> Any:
    """A company with the licence, and who works in it."""
    from chalicelib.accounts import repository, service
    from chalicelib.accounts.domain import Account, LicenceStatus, Membership, PortalRole
    from chalicelib.kit import store
    from chalicelib.kit.context import Actor, new_context

    ctx = new_context()
    account = Account(
        account_id=ctx.new_id("acc"), email="rounds@example.test", name="R", lang="en", created_at=ctx.now
    )
    company = replace(
        service.new_live_company(ctx, name="Rounds AB", organization_number="556677-8899"),
        licence=LicenceStatus.GRANTED, licence_changed_at=ctx.now,
    )  # fmt: skip
    membership = Membership(
        account_id=account.account_id, tenant_id=company.tenant_id, is_administrator=True,
        portal_role=PortalRole.OWNER, created_at=ctx.now,
    )  # fmt: skip
    with store.transaction() as tx:
        repository.add_account_parts(tx, account, "no password")
        repository.add_company_parts(tx, company, membership)
    return Actor(account.account_id, company.tenant_id, frozenset({"member", "developer"}), email=account.email)


def crowds(rounds: Rounds, count: int) -> None:
    """Fifty creates at once on an empty company: thirty are made, twenty are told that there are thirty; every time."""
    for _ in range(count):
        made = [one for one in rounds.together(*[rounds.create] * CROWD) if one is not None]
        held, alive = rounds.standing()
        assert len(made) == CAP, len(made)
        assert held == alive == set(made)
        rounds.together(*[partial(rounds.bury, one) for one in made])
        assert rounds.standing() == (set(), set())


def comings_and_goings(rounds: Rounds, count: int) -> None:
    """Near the limit: creates and deletes at once. Never 31, and afterwards as many can be made as places are free."""
    dice = random.Random(count)
    alive = {one for one in rounds.together(*[rounds.create] * CAP) if one is not None}
    for _ in range(count):
        leaving = dice.sample(sorted(alive), MIXED)
        works: list[Callable[[], Any]] = [
            *[rounds.create] * (2 * MIXED),
            *[partial(rounds.delete, one) for one in leaving * 2],
        ]
        dice.shuffle(works)
        made = {one for one in rounds.together(*works) if one is not None}
        alive = (alive - set(leaving)) | made
        held, there = rounds.standing()
        assert held == there == alive, (held ^ there, held ^ alive)
        alive |= {one for one in rounds.together(*[rounds.create] * (CAP - len(alive) + 1)) if one is not None}
        assert len(alive) == CAP, len(alive)
    rounds.together(*[partial(rounds.bury, one) for one in alive])
    assert rounds.standing() == (set(), set())


def main() -> int:
    settle()
    creates, turns = [int(word) for word in [*sys.argv[1:], *("5", "10")[len(sys.argv) - 1 :]]]
    rounds = Rounds()
    try:
        for what, work, count in (("fifty at once", crowds, creates), ("coming and going", comings_and_goings, turns)):
            started = time.perf_counter()
            work(rounds, count)
            print(f"{what:20} {count} rounds, each as it must be; {time.perf_counter() - started:.0f} s", flush=True)
        print(f"answers that were unknown and asked again: {rounds.unknown}")
    finally:
        rounds.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
