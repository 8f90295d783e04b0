"""AWS clients other than DynamoDB: one per service and process, with timeouts that leave time to answer."""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["client"]


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
