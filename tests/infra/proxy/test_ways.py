"""Which way a request goes: each door under its name and path, nothing else anywhere."""

import ssl
import urllib.request
from urllib.error import HTTPError

import pytest

from tests.infra.proxy.proxies import PUBLIC, Proxy


def test_what_carriers_tell_goes_to_their_door_and_metrics_to_nobody(proxy: Proxy) -> None:
    with proxy.client() as client:
        assert client.get("/healthz").status_code == 200
        # Nobody answers for the SMS door here, so that its way shows.
        for path in ("/sms", "/sms/status/5f0c2e7a-0000-4000-8000-000000000000"):
            assert client.post(path, data={"Body": "hello"}).json()["code"] == "door_away"
            assert client.get(path).status_code in (403, 405)
        assert client.get("/smsx").status_code == 404
        for path in ("/metrics", "/metrics/", "/metrics/x"):
            assert client.get(path).status_code == 404
            assert client.post(path).status_code == 404


def test_every_answer_says_that_https_is_spoken_here_and_no_product(proxy: Proxy) -> None:
    with proxy.client() as client:
        for path in ("/", "/healthz", "/nothing", "/files/nothing"):
            told = client.get(path).headers
            assert told.get_list("strict-transport-security") == ["max-age=31536000; includeSubDomains"], path
            assert told.get("server", "nginx") == "nginx"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_http_leads_to_https_and_other_names_nowhere(proxy: Proxy) -> None:
    asked = urllib.request.Request(f"http://127.0.0.1:{proxy.http}/r", headers={"Host": PUBLIC})
    with pytest.raises(HTTPError) as told:
        _unfollowing().open(asked, timeout=20)
    assert told.value.code == 308
    assert told.value.headers["Location"].startswith(f"https://{PUBLIC}")
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(ssl.SSLError):
            _old(version).wrap_socket(proxy.line(), server_hostname=PUBLIC)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        proxy.trust.wrap_socket(proxy.line(), server_hostname="elsewhere.example")


class _Unfollowing(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **named: object) -> None:
        return None


def _unfollowing() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_Unfollowing)


def _old(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    return context
