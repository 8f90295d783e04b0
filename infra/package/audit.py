"""Opens the finished zips and refuses what must not be deployed."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

MEGABYTE = 1_000_000
CODE_LIMIT = 3 * MEGABYTE
API_LIMIT = 14_500_000  # code + deps layer; three compiled libraries are 7.4 of it (docs/decisions/0013)
UNZIPPED_LIMIT = 250 * MEGABYTE  # Lambda's own
SECRET_FILES = re.compile(r"(^|/)(\.env|.*\.pem|credentials|id_rsa|\.netrc)$")
PUBLIC_FILES = ("python/botocore/cacert.pem",)  # the certificate authorities everybody trusts
CLUTTER = re.compile(r"(^|/)(tests?|node_modules|\.git|\.venv)/|\.(map|log)$")


class AuditError(RuntimeError):
    """The package holds something it must not, lacks something it needs, or weighs too much."""


def audit(code: Path, deps: Path, imaging: Path, *, weigh: bool = True) -> dict[str, int]:
    """Weights in bytes. Raises AuditError naming every finding; `weigh` is off where layers are not compressed."""
    names = {path: _names(path) for path in (code, deps, imaging)}
    findings = [f"{path.name}: {name} must not be packaged" for path in names for name in _unwanted(names[path])]
    findings += _missing(
        names[code], ("app.py", "chalicelib/registry.", "chalice/app.", "chalicelib/served.json"), code
    )
    findings += _missing(names[imaging], ("python/PIL/Image",), imaging)
    if any(name.startswith("python/PIL/") for name in names[deps]):
        findings.append("The deps layer carries Pillow; only the image function may.")
    weights = {"code": code.stat().st_size, "deps": deps.stat().st_size, "imaging": imaging.stat().st_size}
    if weigh and (weights["code"] > CODE_LIMIT or weights["code"] + weights["deps"] > API_LIMIT):
        findings.append(f"The API's zips weigh {weights['code']} + {weights['deps']} bytes; the limit is {API_LIMIT}.")
    if sum(map(_unzipped, names)) > UNZIPPED_LIMIT:
        findings.append("Unzipped, code and layers exceed Lambda's 250 MB.")
    if findings:
        raise AuditError("\n".join(findings))
    return weights


def _names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def _unwanted(names: list[str]) -> list[str]:
    return [name for name in names if name not in PUBLIC_FILES and (SECRET_FILES.search(name) or CLUTTER.search(name))]


def _missing(names: list[str], needed: tuple[str, ...], path: Path) -> list[str]:
    return [f"{path.name}: {name} is missing" for name in needed if not any(entry.startswith(name) for entry in names)]


def _unzipped(path: Path) -> int:
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())
