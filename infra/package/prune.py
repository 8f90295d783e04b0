"""What is cut from the dependency layers: data of services we never call, foreign locales, tools, tests."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

# For Chalice's command line, for installers, or for programs outside (the rooms call botocore, not boto3).
# Chalice's own runtime travels inside the code zip.
NOT_AT_RUN_TIME = frozenset(
    {
        "ansicon",
        "blessed",
        "boto3",
        "chalice",
        "click",
        "editor",
        "inquirer",
        "jinxed",
        "packaging",
        "pip",
        "pycparser",
        "pyyaml",
        "readchar",
        "runs",
        "s3transfer",
        "setuptools",
        "wcwidth",
        "wheel",
        "xmod",
    }
)
IMAGING = frozenset(["pillow"])
BOTO_SERVICES = frozenset(["dynamodb", "kms", "s3", "secretsmanager", "ses", "sqs"])  # what the functions call
_ADDRESSED = frozenset([*BOTO_SERVICES, "email", "sts"])  # as endpoints are named: ses is `email` there
BOTO_SHARED = ("_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json")
LOCALES = ("root", "en", "en_001", "en_150", "en_GB", "en_SE", "en_US", "sv", "sv_SE")
CLUTTER_FOLDERS = ("tests", "test", "__pycache__")
CLUTTER_SUFFIXES = (".pyi", ".pyx", ".pxd", ".c", ".h", ".md", ".rst", ".typed", ".exe")
# Never imported at run time: (package, path below it).
UNUSED = (
    ("cffi", ""),  # the compiled argon2 needs only `_cffi_backend`
    ("dateutil", "zoneinfo/dateutil-zoneinfo.tar.gz"),
    ("babel", "messages"),
    ("aws_lambda_powertools", "event_handler"),
    ("pydantic", "v1"),
    ("tzdata", "zoneinfo/iso3166.tab"),
    ("tzdata", "zoneinfo/leapseconds"),
    ("tzdata", "zoneinfo/tzdata.zi"),
    ("tzdata", "zoneinfo/zone.tab"),
    ("tzdata", "zoneinfo/zone1970.tab"),
    ("tzdata", "zoneinfo/zonenow.tab"),
    ("pydantic", "mypy.py"),
)
# Of Powertools we use logger and metrics.
POWERTOOLS_UTILITIES = ("__init__.py", "jmespath_utils", "typing")


def prune(folder: Path) -> None:
    """Trim an installed layer folder in place."""
    _trim_botocore(folder / "botocore" / "data")
    _trim_babel(folder / "babel" / "locale-data")
    _keep(folder / "aws_lambda_powertools" / "utilities", POWERTOOLS_UTILITIES)
    for package, path in UNUSED:
        _remove(folder / package / path)
    _remove(folder / "bin")
    _strip_metadata(folder)
    _strip_clutter(folder)


def _trim_botocore(data: Path) -> None:
    if not data.exists():
        return
    for entry in data.iterdir():
        if entry.name not in BOTO_SERVICES and entry.name not in BOTO_SHARED:
            _remove(entry)
    for service in data.glob("*/*"):
        versions = sorted(path for path in service.parent.iterdir() if path.is_dir())
        if service.is_dir() and service != versions[-1]:
            _remove(service)
    _trim_endpoints(data / "endpoints.json")
    for unused in (*data.rglob("examples-1.json*"), *data.rglob("paginators-1.sdk-extras.json*")):
        _remove(unused)


def _trim_endpoints(path: Path) -> None:
    """Every client reads this file whole: a megabyte of addresses of services that we never call."""
    described = json.loads(path.read_text("utf-8"))
    for partition in described["partitions"]:
        partition["services"] = {name: one for name, one in partition["services"].items() if name in _ADDRESSED}
    path.write_text(json.dumps(described, separators=(",", ":"), sort_keys=True), "utf-8")


def _trim_babel(locales: Path) -> None:
    for entry in locales.glob("*.dat"):
        if entry.stem not in LOCALES:
            _remove(entry)


def _keep(folder: Path, names: tuple[str, ...]) -> None:
    for entry in folder.iterdir() if folder.exists() else []:
        if entry.name not in names:
            _remove(entry)


def _strip_metadata(folder: Path) -> None:
    """Keep only METADATA and entry points: `importlib.metadata.version` reads them."""
    for info in folder.glob("*.dist-info"):
        for entry in info.iterdir():
            if entry.name not in ("METADATA", "entry_points.txt"):
                _remove(entry)
        metadata = info / "METADATA"
        metadata.write_text(metadata.read_text().partition("\n\n")[0] + "\n")  # without the README behind the headers


def _strip_clutter(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        names, word = (CLUTTER_FOLDERS, path.name) if path.is_dir() else (CLUTTER_SUFFIXES, path.suffix)
        if word in names:
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
