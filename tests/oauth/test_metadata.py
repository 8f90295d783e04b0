"""Metadata and key set (cases JW-17, JW-22, JW-23): cacheable, without a private member, and true."""

from __future__ import annotations

import pytest

WELL_KNOWN = "/.well-known/oauth-authorization-server"
OTHER = "/oauth-v1/.well-known/openid-configuration"


def test_JW_17_the_key_set(world):
    answer = world.http.get("/oauth-v1/jwks")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    keys = answer.json["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) >= 2
    for key in keys:
        assert set(key) == {"kty", "crv", "x", "y", "use", "alg", "kid"}
        assert (key["use"], key["alg"], key["crv"]) == ("sig", "ES256", "P-256")


@pytest.mark.parametrize("path", ["/oauth-v1/jwks", WELL_KNOWN, OTHER])
def test_JW_17_a_copy_is_confirmed_by_its_etag(world, path):
    etag = world.http.get(path).headers["etag"]
    for known in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        again = world.http.get(path, headers={"If-None-Match": known})
        assert (again.status, again.text, again.headers["etag"]) == (304, "", etag)
    assert world.http.get(path, headers={"If-None-Match": '"x"'}).status == 200
    assert world.http.request("HEAD", path).status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil"}]
)
def test_JW_22_the_metadata_is_ours_whatever_the_host_header_says(world, headers):
    found = world.http.get(WELL_KNOWN, headers=headers).json
    assert found == world.http.get(OTHER).json
    assert found["issuer"] == "https://portal.test"
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["authorization_response_iss_parameter_supported"] is True
    for name, value in found.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith("https://portal.test/oauth-v1/")


def test_JW_23_every_advertised_address_answers(world, app_a):
    found = world.http.get(WELL_KNOWN).json
    for name, url in found.items():
        if name.endswith(("_endpoint", "_uri")):
            path = url.removeprefix("https://portal.test")
            answers = {world.http.get(path).status, world.http.post(path, form={}).status}
            assert 404 not in answers
            assert answers - {405}
    for grant_type in found["grant_types_supported"]:
        assert world.token(app_a, grant_type=grant_type).json["error"] == "invalid_request"


def test_an_unknown_address_beside_them_is_not_found(world):
    assert world.http.get("/oauth-v1/nothing").status == 404
