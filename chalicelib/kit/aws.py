"""AWS clients other than DynamoDB: one per service and process, with timeouts that leave time to answer."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["client", "sign_download"]


@cache
def _session() -> Any:
    import botocore.session

    return botocore.session.get_session()


@cache
def client(service: str) -> Any:
    """The process's client for `service`. botocore, not boto3: nothing here needs resources, and it starts faster."""
    from botocore.config import Config

    config = Config(
        connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}, signature_version=None
    )
    return _session().create_client(service, config=config)


def sign_download(url: str, query: dict[str, str], seconds: int) -> str:
    """An S3 address with its permission in it (SigV4, GET), on exactly the host that was given.

    botocore's own presigning takes the global host, which only one region answers and no content policy of ours names.
    """
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest("GET", url, params=query)
    credentials = _session().get_credentials().get_frozen_credentials()
    S3SigV4QueryAuth(credentials, "s3", client("s3").meta.region_name, expires=seconds).add_auth(request)
    return str(request.url)
