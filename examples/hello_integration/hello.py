"""A complete integration in one file: connects a company and reads its name. Python's standard library only.

    python hello.py CLIENT_ID CLIENT_SECRET [--portal http://127.0.0.1:8000] [--port 9000]

Register http://127.0.0.1:9000/callback as the redirect URI of your integration first.
"""

import argparse
import base64
import hashlib
import json
import secrets
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

TIMEOUT = 30


def main():
    options = read_options()
    callback = f"http://127.0.0.1:{options.port}/callback"
    state, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    request = {
        "client_id": options.client_id,
        "response_type": "code",
        "scope": "companyinformation",
        "redirect_uri": callback,
        "state": state,
        "access_type": "offline",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    print(f"Open this address and approve:\n\n  {options.portal}/oauth-v1/auth?{urlencode(request)}\n")
    answer = wait_for_callback(options.port)
    if answer.get("state") != state:
        raise SystemExit("The answer does not belong to this request; nothing was exchanged.")
    if answer.get("iss") != options.portal:
        raise SystemExit(f"The answer came from {answer.get('iss')}, not from {options.portal}.")
    if "error" in answer:
        raise SystemExit(f"{answer['error']}: {answer.get('error_description', '')}")
    code = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": callback}
    tokens = token(options, code | {"code_verifier": verifier})
    # A real integration stores the refresh token and does this when the access token is about to expire.
    tokens = token(options, {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    company = get(f"{options.portal}/3/companyinformation", tokens["access_token"])["CompanyInformation"]
    print(f"Connected to {company['CompanyName']}, number {company['DatabaseNumber']}.")


def read_options():
    parser = argparse.ArgumentParser(description="Connect a company and read its name.")
    parser.add_argument("client_id")
    parser.add_argument("client_secret")
    parser.add_argument("--portal", default="http://127.0.0.1:8000")
    parser.add_argument("--port", type=int, default=9000)
    return parser.parse_args()


def wait_for_callback(port):
    """Answer one visit to /callback and return its parameters."""
    found = {}

    class Callback(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            if parts.path != "/callback":
                self.send_error(404)
                return
            found.update({name: values[0] for name, values in parse_qs(parts.query).items()})
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"You can close this window and go back to the program.\n")

        def log_message(self, *_):
            """Keep quiet: the address carries the code."""

    with HTTPServer(("127.0.0.1", port), Callback) as server:
        while not found:
            server.handle_request()
    return found


def token(options, form):
    credentials = base64.b64encode(f"{options.client_id}:{options.client_secret}".encode()).decode()
    request = urllib.request.Request(
        f"{options.portal}/oauth-v1/token",
        data=urlencode(form).encode(),
        headers={"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"},
    )
    return read(request)


def get(url, access_token):
    return read(urllib.request.Request(url, headers={"Authorization": f"Bearer {access_token}"}))


def read(request):
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{request.full_url} answered {error.code}: {error.read().decode()}") from None


if __name__ == "__main__":
    main()
