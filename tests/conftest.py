"""What every test starts from: a test environment, no network, and fresh AWS in memory where a test asks for it."""

from __future__ import annotations

import os

os.environ.update(
    ANSLUT_STAGE="test",
    ANSLUT_PREFIX="anslut-test",
    ANSLUT_ORIGIN="https://portal.test",
    ANSLUT_UPLOADS_BUCKET="anslut-test-uploads",
    ANSLUT_IMAGES_BUCKET="anslut-test-images",
    ANSLUT_UPLOADS_URL="https://anslut-test-uploads.s3.eu-north-1.amazonaws.com",
    ANSLUT_SECRET_ID="anslut-test-keys",
    ANSLUT_KMS_KEY_ID="alias/anslut-test",
    ANSLUT_MAIL_FROM="portal@nordbok.test",
    ANSLUT_OPERATOR_EMAIL="operator@nordbok.test",
    ANSLUT_QUEUE_URLS="{}",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_DEFAULT_REGION="eu-north-1",
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    POWERTOOLS_LOG_LEVEL=os.environ.get("POWERTOOLS_LOG_LEVEL", "CRITICAL"),
)
os.environ.pop("AWS_ENDPOINT_URL", None)

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import settings as property_settings
from moto import mock_aws

from tests import quick_moto
from tests.client import Client

# A run on one commit always tries the same examples: red means this change. `ANSLUT_EXPLORE=1` looks for new ones.
property_settings.register_profile("same", derandomize=True, deadline=None, print_blob=True)
property_settings.register_profile("explore", deadline=None, print_blob=True)
property_settings.load_profile("explore" if os.environ.get("ANSLUT_EXPLORE") else "same")

quick_moto.install()

ACCOUNT = "123456789012"  # what moto calls itself


@cache
def aws_client(service: str) -> Any:
    """One client per service for the whole run: making one costs more than most tests (moto answers all of them)."""
    import boto3

    found: Any = boto3.client
    return found(service)


@pytest.fixture
def aws() -> Iterator[None]:
    with fresh_aws():
        yield


@contextmanager
def fresh_aws() -> Iterator[None]:
    """Fresh AWS in memory: every table, the buckets, the key ring, the wrapping key, a verified sender."""
    from chalicelib import registry
    from chalicelib.integrations.domain import Remembered

    Remembered.hold(None)  # read a moment ago and found empty: no test pays for a call that comes once a minute
    with mock_aws():
        _put_tables(registry.TABLES)
        ring = json.dumps({"k1": "0123456789abcdef" * 4})
        aws_client("secretsmanager").create_secret(Name="anslut-test-keys", SecretString=ring)
        key = aws_client("kms").create_key()["KeyMetadata"]["KeyId"]
        aws_client("kms").create_alias(AliasName="alias/anslut-test", TargetKeyId=key)
        for bucket in ("anslut-test-uploads", "anslut-test-images"):
            place: Any = {"LocationConstraint": "eu-north-1"}
            aws_client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
        aws_client("ses").verify_email_identity(EmailAddress="portal@nordbok.test")
        yield


_pristine: dict[str, Any] = {}


def _put_tables(tables: Any) -> None:
    """Empty tables: made once through the API, then copied inside moto, or making thirty would be most of each test."""
    from moto.dynamodb.models import dynamodb_backends

    backend = dynamodb_backends[ACCOUNT]["eu-north-1"]
    if not _pristine:
        for table in tables:
            table.create_table(wait=False)
        _pristine.update({name: quick_moto.empty_copy(table) for name, table in backend.tables.items()})
    else:
        backend.tables.update({name: quick_moto.empty_copy(table) for name, table in _pristine.items()})


def empty_tables() -> None:
    """Between the examples of one test: as if AWS were fresh."""
    from moto.dynamodb.models import dynamodb_backends

    dynamodb_backends[ACCOUNT]["eu-north-1"].tables.update(
        {name: quick_moto.empty_copy(table) for name, table in _pristine.items()}
    )


def remember_rows() -> Callable[[], None]:
    """Every row as it is now; calling the answer puts all of them back, as often as one likes."""
    from moto.dynamodb.models import dynamodb_backends

    tables = dynamodb_backends[ACCOUNT]["eu-north-1"].tables
    kept = {name: deepcopy(table.items) for name, table in tables.items()}

    def put_back() -> None:
        for name, items in kept.items():
            tables[name].items = deepcopy(items)

    return put_back


@pytest.fixture(scope="session")
def app() -> Any:
    from chalicelib.registry import build_app

    return build_app()


@pytest.fixture
def client(app: Any, aws: None) -> Client:
    return Client(app)
