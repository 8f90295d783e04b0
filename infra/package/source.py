"""Copies what belongs into the package to a clean folder and lets Chalice package it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infra.package import bytecode, dataclass_code
from infra.package.errors import PackagingError
from infra.package.shake import shake
from infra.stage import ROOT, Stage
from infra.template.intrinsics import Json
from infra.template.lambdas import Declared

STATIC = ROOT / ".build" / "static"
SOURCES = ("app.py", "chalicelib", "web", "infra", ".chalice", "requirements.txt")
LEFT_OUT = ("__pycache__", "node_modules", ".build", "static_manifest.json")


@dataclass(frozen=True, slots=True)
class Packaged:
    """What `chalice package` produced, read back."""

    source: Path
    declared: dict[str, Declared]


def fingerprint(stage: Stage) -> str:
    """Changes exactly when a file changes that the package is made of."""
    digest = hashlib.sha256(f"{stage.name} {stage.python} {sys.version}".encode())
    for path in source_files():
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def source_files() -> Iterator[Path]:
    for name in SOURCES:
        start = ROOT / name
        found = sorted(start.rglob("*")) if start.is_dir() else [start]
        yield from (path for path in found if path.is_file() and not set(path.parts) & set(LEFT_OUT))


def build_static() -> Path:
    """Run the static build; its bundle goes to S3, its manifest into the package."""
    program = ROOT / "web" / "build.py"
    if program.exists():
        _run([sys.executable, str(program)], ROOT, dict(os.environ))
    STATIC.mkdir(parents=True, exist_ok=True)
    return STATIC


def package_source(stage: Stage, work: Path) -> Packaged:
    """Package a clean copy. The empty requirements.txt keeps dependencies out: they are in the layers."""
    source, out = work / "source", work / "chalice"
    for folder in (source, out):
        shutil.rmtree(folder, ignore_errors=True)
    source.mkdir(parents=True)
    shutil.copy2(ROOT / "app.py", source)
    shutil.copytree(ROOT / "chalicelib", source / "chalicelib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / ".chalice", source / ".chalice", ignore=shutil.ignore_patterns("deploy*"))
    (source / "requirements.txt").write_text("")
    compile_templates(source)
    chalice = str(Path(sys.executable).with_name("chalice"))
    _run([chalice, "package", "--stage", stage.name, str(out)], source, build_environment(stage))
    template = json.loads((out / "sam.json").read_text())
    code = _unpacked(out)
    shake(code / "chalicelib")
    bytecode.compile_for(stage, code / "chalicelib" / "templates_compiled", sourceless=True)
    shutil.rmtree(code / "chalicelib" / "templates")  # their compiled form is what the functions load
    bytecode.compile_for(stage, code)
    write_served(source, code)
    dataclass_code.keep(stage, code, build_environment(stage))
    declared = _declared(template)
    entries = {one.handler.rpartition(".")[0].replace(".", "/") for one in declared.values()}
    bytecode.drop_sources(code, [code / f"{entry}.py" for entry in entries])
    return Packaged(code, declared)


def build_environment(stage: Stage) -> dict[str, str]:
    """Chalice imports the application while packaging; it needs names, not values."""
    return {
        **os.environ,
        "ANSLUT_STAGE": stage.name,
        "ANSLUT_PREFIX": stage.prefix,
        "ANSLUT_ORIGIN": "https://build.invalid",
        "AWS_DEFAULT_REGION": "eu-north-1",
        "AWS_ACCESS_KEY_ID": "build",
        "AWS_SECRET_ACCESS_KEY": "build",
    }


def compile_templates(source: Path) -> None:
    """Turn the Jinja templates into Python modules, which the function imports instead of parsing."""
    code = "import pathlib, sys; from chalicelib.kit.html import compile_templates as c; c(pathlib.Path(sys.argv[1]))"
    if (source / "chalicelib" / "kit" / "html").exists():
        target = source / "chalicelib" / "templates_compiled"
        _run([sys.executable, "-c", code, str(target)], source, build_environment(Stage("build")))


def write_served(source: Path, code: Path) -> None:
    """The table of addresses, so that the function imports a room when somebody asks for it and not before."""
    program = "import json, sys; from chalicelib.registry import served; json.dump(served(), open(sys.argv[1], 'w'))"
    target = code / "chalicelib" / "served.json"
    _run([sys.executable, "-c", program, str(target)], source, build_environment(Stage("build")))


def _unpacked(out: Path) -> Path:
    target = out / "code"
    shutil.unpack_archive(out / "deployment.zip", target)
    return target


def _declared(template: Json) -> dict[str, Declared]:
    functions = {k: v for k, v in template["Resources"].items() if v["Type"] == "AWS::Serverless::Function"}
    return {name: _one(resource["Properties"]) for name, resource in functions.items()}


def _one(properties: Json) -> Declared:
    events = [event["Properties"] for event in properties.get("Events", {}).values()]
    event = events[0] if events else {}
    return Declared(
        handler=properties["Handler"],
        batch_size=event.get("BatchSize"),
        window_seconds=event.get("MaximumBatchingWindowInSeconds", 0),
        schedule=event.get("Schedule"),
    )


def _run(command: list[str], cwd: Path, env: dict[str, str]) -> None:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PackagingError((done.stdout + done.stderr).strip())
