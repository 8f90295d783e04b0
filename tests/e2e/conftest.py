"""Every e2e test gets the same running portal, started once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.kit.context import new_id
from tests.e2e.stack import Stack, read_stack, shared_stack

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("e2e")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running_already = os.environ.get("ANSLUT_E2E_HOME")  # while writing tests: the `.portal` of a running `make run`
    if running_already:
        yield read_stack(Path(running_already))
        return
    base = tmp_path_factory.getbasetemp()
    with shared_stack((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "portal") as running:
        yield running


@pytest.fixture
def unique() -> str:
    """A word no other test uses, so that tests can share one portal."""
    return new_id("t")[2:12]
