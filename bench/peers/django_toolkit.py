"""django-oauth-toolkit on sqlite in memory: a refresh with rotation, secrets compared as they are.

Its default hashes each secret slowly (PBKDF2), which would be all one sees; `hash_client_secret=False` leaves that out.
Run by `bench.oauth` with the interpreter of the peers' environment; prints microseconds of CPU per request.
"""

from __future__ import annotations

import base64
import json
import sys
import time
from datetime import timedelta

import django  # type: ignore[import-not-found]  # lives in the peers' environment only
from django.conf import settings  # type: ignore[import-not-found]

CLIENT_ID, CLIENT_SECRET = "abcdefghijkl", "s" * 32

settings.configure(
    SECRET_KEY="bench",  # noqa: S106 - of nothing
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    OAUTH2_PROVIDER={"SCOPES": {"customer": "", "invoice": ""}, "ROTATE_REFRESH_TOKEN": True},
    ROOT_URLCONF=__name__,
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User  # type: ignore[import-not-found]  # noqa: E402 - after setup only
from django.core.management import call_command  # type: ignore[import-not-found]  # noqa: E402
from django.test import RequestFactory  # type: ignore[import-not-found]  # noqa: E402
from django.urls import path  # type: ignore[import-not-found]  # noqa: E402
from django.utils import timezone  # type: ignore[import-not-found]  # noqa: E402
from oauth2_provider.models import AccessToken, Application, RefreshToken  # type: ignore[import-not-found]  # noqa: E402
from oauth2_provider.views import TokenView  # type: ignore[import-not-found]  # noqa: E402

urlpatterns = [path("token", TokenView.as_view())]


def first_token() -> str:
    call_command("migrate", verbosity=0)
    user = User.objects.create_user("bench")
    application = Application.objects.create(
        client_id=CLIENT_ID, client_secret=CLIENT_SECRET, hash_client_secret=False, user=user,
        client_type=Application.CLIENT_CONFIDENTIAL, authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris="https://app.example/cb",
    )  # fmt: skip
    access = AccessToken.objects.create(
        user=user, application=application, token="first-access", scope="customer invoice",  # noqa: S106
        expires=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    RefreshToken.objects.create(user=user, application=application, token="first", access_token=access)  # noqa: S106
    return "first"


def main(calls: int) -> None:
    token, spent = first_token(), 0.0
    view, requests = TokenView.as_view(), RequestFactory()
    basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    for number in range(-calls // 10, calls):
        data = {"grant_type": "refresh_token", "refresh_token": token}
        request = requests.post("/token", data, headers={"Authorization": f"Basic {basic}"})
        started = time.process_time()
        answer = view(request)
        if number >= 0:
            spent += time.process_time() - started
        assert answer.status_code == 200, answer.content
        token = json.loads(answer.content)["refresh_token"]
    print(spent / calls * 1e6)


if __name__ == "__main__":
    main(int(sys.argv[1]))
