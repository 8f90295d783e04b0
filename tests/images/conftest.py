"""An integration with an owner, and S3 as the image function meets it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import boto3
import pytest

from chalicelib.images import service
from chalicelib.images.domain import Image, ImageKind, Ticket
from chalicelib.images.events import images_render
from chalicelib.images.schemas import ImageCreate
from chalicelib.integrations import service as integrations
from chalicelib.integrations.schemas import IntegrationCreate
from chalicelib.kit.context import Context
from tests.factories import new_person

UPLOADS, IMAGES = "anslut-test-uploads", "anslut-test-images"


@dataclass
class Studio:
    """One integration, and the steps a browser and S3 take."""

    ctx: Context
    integration_id: str
    sequence: int = 0

    def ticket(
        self, data: bytes, kind: ImageKind = ImageKind.LOGO, content_type: str = "image/png", **more: Any
    ) -> Ticket:
        command = ImageCreate(kind=kind, content_type=content_type, byte_size=len(data), **more)
        return service.create_image(self.ctx, self.integration_id, command)

    def put(self, image: Image, data: bytes) -> dict[str, Any]:
        """Store the original; the answer is the event S3 would send."""
        stored = boto3.client("s3").put_object(Bucket=UPLOADS, Key=image.original_key, Body=data)
        self.sequence += 1
        return notification(
            record(image.original_key, sequencer=f"{self.sequence:016X}", versionId=stored["VersionId"])
        )

    def upload(self, data: bytes, kind: ImageKind = ImageKind.LOGO, **more: Any) -> Image:
        ticket = self.ticket(data, kind, **more)
        images_render(self.put(ticket.image, data), None)
        return self.read(ticket.image)

    def read(self, image: Image) -> Image:
        return service.get_image(self.ctx, self.integration_id, image.image_id)


def record(name: str, *, bucket: str = UPLOADS, sequencer: str = "01", **more: Any) -> dict[str, Any]:
    thing = {
        "key": quote_plus(name, safe="/"),
        "size": 1,
        "eTag": "e",
        "sequencer": sequencer,
    } | more
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Post",
        "s3": {"bucket": {"name": bucket}, "object": thing},
    }


def notification(*records: Any) -> dict[str, Any]:
    return {"Records": list(records)}


def keys(bucket: str) -> list[str]:
    return sorted(entry["Key"] for entry in boto3.client("s3").list_objects_v2(Bucket=bucket).get("Contents", []))


@pytest.fixture
def studio(aws) -> Studio:
    from chalicelib.accounts.domain import PortalRole

    boto3.client("s3").put_bucket_versioning(Bucket=UPLOADS, VersioningConfiguration={"Status": "Enabled"})
    ctx = new_person(licence=True, portal_role=PortalRole.OWNER).ctx()
    made = integrations.create_integration(ctx, IntegrationCreate(name="Kvitto", scopes=["profile"]))
    return Studio(ctx, made.integration.integration_id)
