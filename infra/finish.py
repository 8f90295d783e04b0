"""The finishing step: `chalice package`, layers for the target runtime, our CloudFormation, the audit."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import Annotated

import typer

from infra.package import bytecode
from infra.package.archive import digest, write_zip
from infra.package.audit import AuditError, audit
from infra.package.errors import PackagingError
from infra.package.layers import layer
from infra.package.source import STATIC, build_environment, build_static, package_source
from infra.stage import EMBEDDED, ROOT, Stage, StageError
from infra.template import Artifacts, build
from infra.template.lambdas import FunctionRowError
from infra.template.tables import Table, tables_of


@dataclass(frozen=True, slots=True)
class Package:
    """Everything a deployment needs: the template and the files it refers to, by their key."""

    stage: Stage
    template: Path
    artifacts: dict[str, Path]
    static: Path
    weights: dict[str, int]


def finish(stage: Stage, work: Path) -> Package:
    """Build the package of a stage into `work`. Raises PackagingError or AuditError with what is wrong."""
    work = work.resolve()  # Chalice runs in a folder of its own
    work.mkdir(parents=True, exist_ok=True)
    static = build_static()
    packaged = package_source(stage, work)
    code = work / "code.zip"
    write_zip(packaged.source, code)
    deps, imaging = layer(stage, "deps"), layer(stage, "imaging")
    weights = audit(code, deps, imaging, weigh=not stage.is_embedded)
    artifacts = Artifacts(f"code/{digest(code)}.zip", f"layers/{deps.name}", f"layers/{imaging.name}")
    template = build(stage, tables(stage), packaged.declared, artifacts)
    path = work / "template.json"
    path.write_text(json.dumps(template, indent=1))
    files = {artifacts.code: code, artifacts.deps_layer: deps, artifacts.imaging_layer: imaging}
    return Package(stage, path, files, static, weights)


def tables(stage: Stage) -> list[Table]:
    """The PynamoDB classes of this checkout. The first import in a process decides their prefix."""
    names = {k: v for k, v in build_environment(stage).items() if k.startswith("ANSLUT_")}
    os.environ.update({k: v for k, v in names.items() if k not in os.environ})
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    invalidate_caches()
    registry = import_module("chalicelib.registry")
    prefix = import_module("chalicelib.config").settings().prefix
    return tables_of(registry.TABLES, prefix)


def save_manifest(package: Package, path: Path) -> None:
    """What `read_manifest` reads: the finishing step runs in a process of its own, so that it sees fresh code."""
    artifacts = {key: str(file) for key, file in package.artifacts.items()}
    path.write_text(json.dumps({"artifacts": artifacts, "weights": package.weights}))


def read_manifest(stage: Stage, work: Path) -> Package:
    """The package that an earlier `python -m infra.finish` left in `work`."""
    manifest = json.loads((work / "package.json").read_text())
    files = {key: Path(file) for key, file in manifest["artifacts"].items()}
    return Package(stage, work / "template.json", files, STATIC, manifest["weights"])


def main(
    stage: Annotated[str, typer.Option(help="embedded, or the name of a stage in an account")] = EMBEDDED,
    work: Annotated[Path | None, typer.Option(help="where to build; default .build/<stage>")] = None,
) -> None:
    """Build the package of a stage and say what it weighs."""
    target = work or ROOT / ".build" / stage
    try:
        package = finish(Stage(stage), target)
    except (PackagingError, AuditError, StageError, FunctionRowError) as error:
        sys.exit(f"The package could not be built.\n{error}")
    save_manifest(package, target / "package.json")
    for name, weight in package.weights.items():
        print(f"{name:8} {weight / 1e6:6.2f} MB")
    if not bytecode.find_interpreter(package.stage):
        print(f"No python{package.stage.python} found here: the package has no bytecode and starts slower.")
    shutil.rmtree(target / "source", ignore_errors=True)


if __name__ == "__main__":
    command = typer.Typer(pretty_exceptions_enable=False)
    command.command()(main)
    command()
