"""DynamoDB in wire form, signed here: for a call so hot that botocore's preparation costs more than all the rest.

The client's credentials, connection pool, time-outs, endpoint and events stay botocore's; what is left out is the model
that checks and rewrites each parameter, and the signer that canonicalises what we know to be canonical (ADR 0019).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.exceptions import ClientError, HTTPClientError

from chalicelib.kit.compact import encoder

__all__ = ["call"]

_TRIES = 3  # as many as the SDK makes: a repeat is safe because every write of ours recognises its own
_PAUSE_SECONDS = 0.05
_OK, _SERVER_ERROR = 200, 500
_TYPE = "application/x-amz-json-1.0"
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
_to_json = encoder()


def call(client: Any, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """One operation with its body as DynamoDB wants it. Raises ClientError and BotoCoreError as the client would."""
    payload = _to_json(body).encode()
    for attempt in range(1, _TRIES + 1):
        try:
            status, answer = _send(client, operation, payload)
        except HTTPClientError:
            if attempt == _TRIES:
                raise
        else:
            if status == _OK:
                return answer
            error = _error(status, answer, operation)
            code = error.response["Error"]["Code"]
            if attempt == _TRIES or (status < _SERVER_ERROR and code not in _THROTTLED):
                raise error
        time.sleep(_PAUSE_SECONDS * 2**attempt * secrets.randbelow(1000) / 1000)
    raise AssertionError("the last try answers or raises")


def _send(client: Any, operation: str, payload: bytes) -> tuple[int, dict[str, Any]]:
    request = AWSPreparedRequest(
        "POST", f"{client.meta.endpoint_url}/", _headers(client, operation, payload), payload, stream_output=False
    )
    # The event that botocore emits at this place: tests and tracing listen to it, and may answer instead of AWS.
    for _, answered in client.meta.events.emit(f"before-send.dynamodb.{operation}", request=request):
        if answered is not None:
            return answered.status_code, json.loads(answered.content or b"{}")
    response = client._endpoint.http_session.send(request)  # noqa: SLF001 - the client's own pool and time-outs
    return response.status_code, json.loads(response.content or b"{}")


def _error(status: int, answer: Mapping[str, Any], operation: str) -> ClientError:
    code = str(answer.get("__type", status)).rpartition("#")[2]
    message = str(answer.get("message") or answer.get("Message") or "")
    found: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    if "Item" in answer:
        found["Item"] = answer["Item"]
    return ClientError(found, operation)


def _headers(client: Any, operation: str, payload: bytes) -> Any:
    """Signature Version 4: the canonical request of a POST to `/` with a fixed set of headers in sorted order."""
    credentials = client._request_signer._credentials.get_frozen_credentials()  # noqa: SLF001 - refreshed by botocore
    region = client.meta.region_name
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    signed = {
        "content-type": _TYPE,
        "host": urlsplit(client.meta.endpoint_url).netloc,
        "x-amz-date": moment,
        "x-amz-security-token": credentials.token or "",
        "x-amz-target": f"DynamoDB_20120810.{operation}",
    }
    if not credentials.token:
        del signed["x-amz-security-token"]
    names = ";".join(signed)
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(payload).hexdigest()}"
    scope = f"{moment[:8]}/{region}/dynamodb/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = _signing_key(credentials.secret_key, moment[:8], region)
    signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}".encode(), hashlib.sha256).hex()
    sent = HeadersDict()
    for name, value in signed.items():
        if name != "host":
            sent[name] = value
    sent["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return sent


@lru_cache(maxsize=4)
def _signing_key(secret_key: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "dynamodb", "aws4_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return key
