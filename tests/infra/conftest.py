"""The finished packages of both targets, built once per run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.finish import Package, read_manifest
from infra.stage import ROOT, Stage

STAGES = ("embedded", "audit")
NOT_INHERITED = ("AWS_", "ANSLUT_", "POWERTOOLS_")


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    """As `make package` builds them: in a process without this one's environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    found = {}
    for name in STAGES:
        work = tmp_path_factory.mktemp(name)
        command = [sys.executable, "-m", "infra.finish", "--stage", name, "--work", str(work)]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        found[name] = read_manifest(Stage(name), work)
    return found


@pytest.fixture(params=STAGES)
def package(request: pytest.FixtureRequest, packages: dict[str, Package]) -> Package:
    return packages[request.param]


@pytest.fixture
def template(package: Package) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(package.template).read_text())
    return found


@pytest.fixture
def resources(template: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = template["Resources"]
    return found
