"""Where a stage is deployed: an AWS account, or the embedded AWS on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

EMBEDDED_REGION = "eu-north-1"
EMBEDDED_ACCOUNT = "000000000000"
EMBEDDED_SECRET = "embedded"  # noqa: S105 - of an AWS that only this machine reaches


@dataclass(frozen=True, slots=True)
class Target:
    """`endpoint` is None for a real account, whose credentials and region come from the usual places."""

    endpoint: str | None = None

    def client(self, service: str) -> Any:
        """A boto3 client. Any: one function cannot carry the types of every service."""
        config = Config(retries={"mode": "standard", "max_attempts": 4}, s3={"addressing_style": "path"})
        if self.endpoint is None:
            return boto3.client(service)
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=EMBEDDED_REGION,
            aws_access_key_id=EMBEDDED_ACCOUNT,
            aws_secret_access_key=EMBEDDED_SECRET,
            config=config,
        )
