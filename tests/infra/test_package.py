"""Opens the zips: what is in them, what is not, what they weigh."""

from __future__ import annotations

import ast
import json
import marshal
import subprocess
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from infra.finish import Package
from infra.package import bytecode
from infra.package.audit import API_LIMIT, AuditError, audit
from infra.package.prune import BOTO_SERVICES
from infra.stage import EMULATOR_PYTHON, ROOT

MEGABYTE = 1_000_000


def names(package: Package, part: str) -> list[str]:
    return zipfile.ZipFile(file(package, part)).namelist()


def file(package: Package, part: str) -> Path:
    return next(path for key, path in package.artifacts.items() if part in key)


def test_the_code_has_the_app_and_nothing_foreign(package: Package) -> None:
    roots = {name.split("/")[0] for name in names(package, "code/")}
    assert roots <= {"app.py", "chalice", "chalicelib", "__pycache__"}
    assert "chalicelib/data" in "\n".join(names(package, "code/"))


def test_pillow_is_in_its_own_layer_only(package: Package) -> None:
    assert any(name.startswith("python/PIL/") for name in names(package, "imaging"))
    assert not any("PIL/" in name or "pillow" in name for name in names(package, "deps"))


def test_no_tests_tools_or_foreign_services_are_packaged(package: Package) -> None:
    deps = names(package, "deps")
    assert not [name for name in deps if "/tests/" in name or name.startswith(("python/pip/", "python/setuptools/"))]
    services = {name.split("/")[3] for name in deps if name.startswith("python/botocore/data/") and name.count("/") > 4}
    assert services <= BOTO_SERVICES
    locales = [name for name in deps if name.startswith("python/babel/locale-data/")]
    assert {Path(name).stem for name in locales} >= {"root", "en", "sv"}
    assert len(locales) <= 12


def test_every_service_the_rooms_call_is_packaged() -> None:
    called = set()
    for source in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "client":
                called |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant)}
    assert called <= BOTO_SERVICES


def test_the_account_package_is_built_for_arm_and_weighs_little(packages: dict[str, Package]) -> None:
    package = packages["audit"]
    native = [name for name in names(package, "deps") if name.endswith(".so") and "abi3" not in name]
    assert native
    assert all("aarch64" in name for name in native if "linux-gnu" in name)
    assert package.weights["code"] <= 3 * MEGABYTE
    assert package.weights["code"] + package.weights["deps"] <= API_LIMIT


def test_bytecode_is_there_and_never_checked_against_a_clock(package: Package) -> None:
    archive = zipfile.ZipFile(file(package, "deps"))
    compiled = [name for name in archive.namelist() if name.endswith(".pyc")]
    if bytecode.find_interpreter(package.stage) is None:
        assert compiled == [], "bytecode of another Python would be dead weight"
        return
    assert len(compiled) > 300
    assert archive.read(compiled[0])[4:8] == b"\x01\x00\x00\x00"  # hash-based, unchecked (PEP 552)


def test_the_methods_of_dataclasses_are_packaged_compiled(packages: dict[str, Package]) -> None:
    archive = zipfile.ZipFile(file(packages["embedded"], "code/"))
    magic, known = marshal.loads(archive.read("chalicelib/dataclasses.bin"))
    assert magic == MAGIC_NUMBER
    assert len(known) > 1000


def test_a_token_request_of_the_package_waits_for_neither_shapes_nor_pages(
    packages: dict[str, Package], tmp_path: Path
) -> None:
    for part in ("code/", "deps"):
        zipfile.ZipFile(file(packages["embedded"], part)).extractall(tmp_path)
    program = (
        "import sys, app; answer = app.app({'httpMethod': 'POST', 'path': '/oauth-v1/token', 'headers': {}}, None);"
        "rooms = {name.split('.')[1] for name in sys.modules if name.startswith('chalicelib.')};"
        "print(answer['statusCode'], {'pydantic', 'jinja2', 'babel', 'chalicelib.registry'} & set(sys.modules),"
        " rooms & {'sales', 'marketplace', 'statistics', 'backoffice', 'sandboxes'})"
    )
    environment = {
        "PYTHONPATH": f"{tmp_path}:{tmp_path}/python", "ANSLUT_STAGE": "t", "ANSLUT_PREFIX": "t",
        "ANSLUT_ORIGIN": "https://t.example", "AWS_DEFAULT_REGION": "eu-north-1",
    }  # fmt: skip
    command = [str(EMULATOR_PYTHON), "-S", "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.stdout.splitlines()[-1:] == ["400 set() set()"], done.stdout + done.stderr


def test_the_same_source_gives_the_same_bytes(package: Package) -> None:
    key = next(key for key in package.artifacts if key.startswith("code/"))
    assert key in json.dumps(json.loads(package.template.read_text()))


def test_an_audit_names_what_must_not_be_packaged(tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr(".env", "SECRET=1")
        archive.writestr("chalicelib/tests/test_x.py", "")
    with pytest.raises(AuditError, match=r"\.env must not be packaged") as caught:
        audit(bad, bad, bad)
    assert "test_x.py" in str(caught.value)
    assert "app.py is missing" in str(caught.value)


def test_this_interpreter_is_supported() -> None:
    assert sys.version_info >= (3, 11)
