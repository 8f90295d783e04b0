"""CloudFront: one origin for a browser. `infra/front.py` does the same on the embedded stage."""

from __future__ import annotations

from infra.stage import Stage
from infra.template.api import STAGE_NAME
from infra.template.intrinsics import Json, Resources, att, ref, sub, when

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's managed policies, by their published ids
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
EVERY_METHOD = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
READ_METHODS = ["GET", "HEAD"]
HSTS_SECONDS = 63_072_000

RESTORE_CHALLENGE = """\
function handler(event) {
  // API Gateway renames WWW-Authenticate; OAuth clients look for the real one (RFC 6750 section 3).
  var headers = event.response.headers;
  var renamed = headers['x-amzn-remapped-www-authenticate'];
  if (renamed) {
    headers['www-authenticate'] = renamed;
    delete headers['x-amzn-remapped-www-authenticate'];
  }
  return event.response;
}
"""


def front_parameters() -> Json:
    return {
        "DomainName": {"Type": "String", "Default": "", "Description": "Own domain of the portal (optional)"},
        "CertificateArn": {"Type": "String", "Default": "", "Description": "ACM certificate for it, in us-east-1"},
    }


def front_outputs() -> Json:
    return {
        "FrontUrl": {"Value": when("OwnDomain", sub("https://${DomainName}"), sub("https://${Front.DomainName}"))},
        "FrontDomain": {"Value": att("Front", "DomainName")},
        "FrontId": {"Value": ref("Front")},
    }


def front_resources(stage: Stage) -> Resources:
    return {
        "BucketAccess": _bucket_access(stage),
        "RestoreChallenge": {
            "Type": "AWS::CloudFront::Function",
            "Properties": {
                "Name": f"{stage.prefix}-restore-challenge",
                "AutoPublish": True,
                "FunctionCode": RESTORE_CHALLENGE,
                "FunctionConfig": {"Comment": "WWW-Authenticate", "Runtime": "cloudfront-js-2.0"},
            },
        },
        "ImagesHeaders": _headers(stage, "images", "default-src 'none'; sandbox"),
        "StaticHeaders": _headers(stage, "static", "default-src 'none'"),
        "Front": {
            "Type": "AWS::CloudFront::Distribution",
            "Metadata": {"cfn-lint": {"config": {"ignore_checks": ["W1030"]}}},  # no own domain: the ARN stays empty
            "Properties": {"DistributionConfig": _distribution()},
        },
    }


def _bucket_access(stage: Stage) -> Json:
    config = {
        "Name": f"{stage.prefix}-buckets",
        "OriginAccessControlOriginType": "s3",
        "SigningBehavior": "always",
        "SigningProtocol": "sigv4",
    }
    return {"Type": "AWS::CloudFront::OriginAccessControl", "Properties": {"OriginAccessControlConfig": config}}


def _headers(stage: Stage, name: str, content_policy: str) -> Json:
    security = {
        "ContentTypeOptions": {"Override": True},
        "ContentSecurityPolicy": {"ContentSecurityPolicy": content_policy, "Override": True},
        "StrictTransportSecurity": {
            "AccessControlMaxAgeSec": HSTS_SECONDS,
            "IncludeSubdomains": True,
            "Override": True,
        },
    }
    config = {"Name": f"{stage.prefix}-{name}", "SecurityHeadersConfig": security}
    return {"Type": "AWS::CloudFront::ResponseHeadersPolicy", "Properties": {"ResponseHeadersPolicyConfig": config}}


def _distribution() -> Json:
    return {
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "PriceClass": "PriceClass_100",
        "Aliases": when("OwnDomain", [ref("DomainName")]),
        "ViewerCertificate": when("OwnDomain", _own_certificate(), {"CloudFrontDefaultCertificate": True}),
        "Origins": [_api_origin(), _bucket_origin("images"), _bucket_origin("static")],
        "DefaultCacheBehavior": _api_behaviour(),
        "CacheBehaviors": [_bucket_behaviour("static"), _bucket_behaviour("images")],
    }


def _own_certificate() -> Json:
    return {
        "AcmCertificateArn": ref("CertificateArn"),
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }


def _api_origin() -> Json:
    return {
        "Id": "api",
        "DomainName": sub("${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}"),
        "OriginPath": f"/{STAGE_NAME}",
        "CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"]},
    }


def _bucket_origin(bucket: str) -> Json:
    return {
        "Id": bucket,
        "DomainName": att(f"{bucket.capitalize()}Bucket", "RegionalDomainName"),
        "OriginAccessControlId": att("BucketAccess", "Id"),
        "S3OriginConfig": {},
    }


def _api_behaviour() -> Json:
    return {
        "TargetOriginId": "api",
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": EVERY_METHOD,
        "CachePolicyId": CACHING_DISABLED,
        "OriginRequestPolicyId": ALL_VIEWER_EXCEPT_HOST,
        "Compress": True,
        "FunctionAssociations": [
            {"EventType": "viewer-response", "FunctionARN": att("RestoreChallenge", "FunctionMetadata.FunctionARN")}
        ],
    }


def _bucket_behaviour(bucket: str) -> Json:
    return {
        "PathPattern": f"/{bucket}/*",
        "TargetOriginId": bucket,
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": READ_METHODS,
        "CachePolicyId": CACHING_OPTIMIZED,
        "Compress": True,
        "ResponseHeadersPolicyId": ref(f"{bucket.capitalize()}Headers"),
    }
