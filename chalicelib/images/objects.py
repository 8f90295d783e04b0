"""Objects of images: originals in the private bucket, variants in the public one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.config import settings
from chalicelib.images.domain import Image, UnusableImageError, Variant
from chalicelib.kit.aws import client, sign_download
from chalicelib.kit.errors import UnavailableError

__all__ = [
    "list_old_objects",
    "new_original_url",
    "new_upload_form",
    "read_original",
    "remove_original",
    "remove_variants",
    "write_variant",
]

_DELETED_AT_ONCE = 1_000
_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404"})
# The name follows from the content. The front asks again after a minute, so that what is deleted is gone there too.
_FOREVER = "public, max-age=31536000, s-maxage=60, immutable"


def remove_variants(keys: Iterable[str]) -> None:
    """Deleting what is gone is no error: S3 answers the same."""
    wanted = list(keys)
    with _faults():
        for start in range(0, len(wanted), _DELETED_AT_ONCE):
            some = wanted[start : start + _DELETED_AT_ONCE]
            gone = {"Objects": [{"Key": key} for key in some], "Quiet": True}
            client("s3").delete_objects(Bucket=settings().images_bucket, Delete=gone)


def remove_original(key: str, version_id: str = "") -> None:
    """One version for ever; or the key, whose older versions then go by the bucket's own rule."""
    version = {"VersionId": version_id} if version_id else {}
    with _faults():
        client("s3").delete_object(Bucket=settings().uploads_bucket, Key=key, **version)


def list_old_objects(bucket: str, prefix: str, before: datetime) -> Iterator[str]:
    """Keys of objects last written before a moment."""
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    with _faults():
        for page in pages:
            for entry in page.get("Contents", ()):
                if entry["LastModified"] < before:
                    yield str(entry["Key"])


def read_original(key: str, max_bytes: int, version_id: str = "") -> bytes | None:
    """The uploaded bytes: one GET. None when the object is gone; raises UnusableImageError when it is too large."""
    version = {"VersionId": version_id} if version_id else {}
    try:
        answer = client("s3").get_object(Bucket=settings().uploads_bucket, Key=key, **version)
        if answer["ContentLength"] > max_bytes:
            answer["Body"].close()
            raise UnusableImageError("too-many-bytes")
        data: bytes = answer["Body"].read()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _GONE:
            return None
        raise UnavailableError(log={"cause": "original cannot be read"}) from error
    except (BotoCoreError, OSError) as error:
        raise UnavailableError(log={"cause": "original cannot be read"}) from error
    return data


def write_variant(variant: Variant, data: bytes) -> None:
    name = variant.key.rpartition("/")[2]
    with _faults():
        client("s3").put_object(
            Bucket=settings().images_bucket,
            Key=variant.key,
            Body=data,
            ContentType=variant.content_type,
            CacheControl=_FOREVER,
            ContentDisposition=f'inline; filename="{name}"',
        )


def new_upload_form(image: Image, lifetime: timedelta) -> Mapping[str, str]:
    """Fields of a presigned POST for exactly this key, content type and number of bytes (D14)."""
    with _faults():
        signed = client("s3").generate_presigned_post(
            Bucket=settings().uploads_bucket,
            Key=image.original_key,
            Fields={"Content-Type": image.content_type},
            Conditions=[
                {"Content-Type": image.content_type},
                ["content-length-range", image.byte_size, image.byte_size],
            ],
            ExpiresIn=int(lifetime.total_seconds()),
        )
    fields: dict[str, str] = signed["fields"]
    return fields


def new_original_url(image: Image, lifetime: timedelta) -> str:
    """An address of the original that only downloads it: whatever is in it, no page comes out of our store."""
    version = {"versionId": image.version_id} if image.version_id else {}
    answered = {
        "response-content-type": image.content_type, "response-content-disposition": "attachment",
        "response-cache-control": "private, no-store",
    }  # fmt: skip
    with _faults():
        address = f"{settings().uploads_url}/{image.original_key}"
        return sign_download(address, version | answered, int(lifetime.total_seconds()))


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise UnavailableError(log={"cause": type(error).__name__}) from error
