"""Environment variables of each function: only what its row asks for (`chalicelib/config.py` reads them)."""

from __future__ import annotations

from infra.functions import Function, Http
from infra.stage import Stage
from infra.template.intrinsics import Json, ref, when
from infra.template.queues import queue_urls
from infra.template.storage import bucket_name


def environment(function: Function, stage: Stage) -> Json:
    variables: Json = {
        "POWERTOOLS_LOG_LEVEL": "INFO",  # said here, or a LOG_LEVEL of the surroundings would silence the access lines
        "ANSLUT_STAGE": stage.name,
        "ANSLUT_PREFIX": stage.prefix,
        "ANSLUT_ORIGIN": when("HasOrigin", ref("Origin"), "https://pending.invalid"),
    }
    buckets = {*function.reads_buckets, *function.writes_buckets}
    if "uploads" in buckets:
        variables["ANSLUT_UPLOADS_BUCKET"] = bucket_name(stage, "uploads")
    if "images" in buckets:
        variables["ANSLUT_IMAGES_BUCKET"] = bucket_name(stage, "images")
    if function.secret:
        variables["ANSLUT_SECRET_ID"] = ref("RootSecret")
    if function.kms:
        variables["ANSLUT_KMS_KEY_ID"] = ref("WrappingKey")
    if function.mail:
        variables["ANSLUT_MAIL_FROM"] = ref("MailFrom")
    if function.sends_to:
        variables["ANSLUT_QUEUE_URLS"] = queue_urls()
    if isinstance(function.trigger, Http):
        variables["ANSLUT_UPLOADS_URL"] = ref("UploadsUrl")
        variables["ANSLUT_OPERATOR_EMAIL"] = ref("OperatorEmail")
        variables["ANSLUT_OIDC_ISSUER"] = ref("OidcIssuer")
        variables["ANSLUT_OIDC_CLIENT_ID"] = ref("OidcClientId")
        variables["ANSLUT_OIDC_NAME"] = ref("OidcName")
        variables["ANSLUT_OIDC_SECRET_ID"] = ref("OidcSecret")
    return variables
