"""Sign-in to the console: what opens it, what its cookie opens, and everything that must not."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.house import House
from app.main import build
from app.services.sessions import IDLE, LONGEST, Session
from app.settings import Settings
from app.web.limits import SignInLimit
from tests.api.caller import BASIC, message, signed
from tests.api.visitor import BY_KEY, HERE, PAGE, PASSWORD, Visitor, browser, signed_in
from tests.conftest import build_house

GIF = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="
PING, UPLOAD = "/v1_1/demo/ping", "/v1_1/demo/image/upload"


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    house = build_house(request.param, tmp_path, request, console_password=PASSWORD)
    yield house
    house.close()


@pytest.fixture
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    house = build_house("sqlite", tmp_path, request, console_demo=True)
    yield house
    house.close()


def stored(visitor: Visitor, **more: object) -> int:
    return visitor.ask("POST", UPLOAD, data={"file": GIF}, **more).status_code


def test_a_key_opens_its_cloud_and_the_cookie_is_a_caller_as_basic_is(house: House) -> None:
    visitor = Visitor(browser(house))
    nobody = visitor.session()
    assert (nobody["signed_in"], nobody["demo"], nobody["cloud"], nobody["clouds"]) == (False, False, None, [])
    assert (nobody["csrf"], nobody["operator"], nobody["thresholds"]) == (None, False, {})
    answer = visitor.sign_in()
    body = answer.json()
    assert (body["signed_in"], body["cloud"], body["clouds"], body["operator"]) == (True, "demo", ["demo"], True)
    assert body["thresholds"]["lvis"] > 0
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("tagsight_session=", "HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={IDLE}"))
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    assert visitor.session()["csrf"] == body["csrf"]
    assert visitor.get(PING) == {"status": "ok"}
    answer = visitor.ask("POST", UPLOAD, data={"file": GIF, "public_id": "mine"})
    assert answer.status_code == 200, answer.text
    basic = visitor.client.post(UPLOAD, data={"file": GIF, "public_id": "mine"}, auth=BASIC).json()
    assert answer.json().keys() | {"overwritten"} == basic.keys() | {"overwritten"}
    assert visitor.get("/v1_1/demo/resources/image")["resources"][0]["public_id"] == "mine"
    assert visitor.ask("DELETE", "/v1_1/demo/resources/image/upload", params={"public_ids": "mine"}).status_code == 200


def test_the_cookie_is_secure_where_the_page_is(house: House) -> None:
    visitor = Visitor(browser(house, "https://media.example"), {"Sec-Fetch-Site": "same-origin", "Origin": "https://media.example"})
    assert "Secure" in visitor.sign_in().headers["set-cookie"]
    behind = Visitor(browser(house, "http://media.example"), {"Sec-Fetch-Site": "same-origin", "Origin": "https://media.example"})
    assert "Secure" in behind.sign_in().headers["set-cookie"]  # TLS ends at a proxy


def test_the_password_opens_every_cloud(house: House) -> None:
    house.accounts.add("other")
    visitor = signed_in(house, password=PASSWORD)
    body = visitor.session()
    assert (body["cloud"], body["clouds"], body["operator"]) == ("demo", ["demo", "other"], True)
    answer = visitor.ask("PUT", "/console/api/session", json={"cloud": "other"})
    assert answer.json()["cloud"] == "other"
    assert visitor.session()["cloud"] == "other"
    assert visitor.get("/v1_1/other/ping") == {"status": "ok"}
    assert visitor.get(PING) == {"status": "ok"}
    assert visitor.ask("PUT", "/console/api/session", json={"cloud": "nobody"}).status_code == 403
    assert visitor.ask("PUT", "/console/api/session", json={}).status_code == 400


def test_a_key_opens_no_other_cloud(house: House) -> None:
    key = house.accounts.add("other")
    visitor = signed_in(house, api_key=key.key, api_secret=key.secret)
    assert visitor.session()["cloud"] == "other"
    assert visitor.session()["operator"] is False
    answer = visitor.ask("GET", PING)
    assert (answer.status_code, message(answer)) == (403, "Your session does not open the cloud demo")
    assert visitor.ask("POST", UPLOAD, data={"file": GIF}).status_code == 403
    assert visitor.ask("PUT", "/console/api/session", json={"cloud": "demo"}).status_code == 403
    assert visitor.get("/v1_1/other/ping") == {"status": "ok"}


@pytest.mark.parametrize(
    "proof",
    [
        BY_KEY | {"api_secret": "wrong"},
        BY_KEY | {"api_key": "nobody"},
        BY_KEY | {"cloud": "nowhere"},
        {"api_key": "nobody", "api_secret": "secret"},
        {"api_key": "key"},
        {"password": "wrong"},
        {"password": "é\ud7ff"},
        {"api_key": "<img onerror>", "api_secret": "\u202e" * 300},
    ],
)
def test_what_is_wrong_opens_nothing(house: House, proof: dict[str, str]) -> None:
    visitor = Visitor(browser(house))
    answer = visitor.sign_in(**proof)
    assert answer.status_code == 401
    assert "wrong" in message(answer)
    assert "set-cookie" not in answer.headers
    assert visitor.session()["signed_in"] is False


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"api_key": ["a"]}', b'{"password": "a\\u0000b"}', b"{}", b""])
def test_what_is_no_sign_in_is_said_so(house: House, body: bytes) -> None:
    visitor = Visitor(browser(house))
    answer = visitor.ask("POST", "/console/api/session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_wrong_tries_are_counted_by_address_and_right_ones_are_not(house: House) -> None:
    visitor, moment = Visitor(browser(house)), [1000.0]
    limit = visitor.client.app.state.sign_in_limit = SignInLimit(3, lambda: moment[0])  # type: ignore[attr-defined]
    assert limit.limit == 3
    for _ in range(5):
        assert visitor.sign_in().status_code == 200
    assert [visitor.sign_in(password="wrong").status_code for _ in range(4)] == [401, 401, 401, 420]
    answer = visitor.sign_in()
    assert answer.status_code == 420
    assert "try again in 200 seconds" in message(answer)
    assert answer.headers["retry-after"] == "200"
    moment[0] += 300
    assert visitor.sign_in().status_code == 200


def forged(cookie: str, **values: object) -> str:
    """The same cookie saying something else, its signature left as it was."""
    text, _, code = cookie.partition(".")
    said = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    names = ("kind", "cloud", "key", "id", "started", "used")
    fresh = [values.get(name, old) for name, old in zip(names, said, strict=True)]
    return base64.urlsafe_b64encode(json.dumps(fresh).encode()).decode().rstrip("=") + "." + code


def refused(house: House, cookie: str) -> None:
    """Neither looked at, nor stored with, nor told as signed in."""
    visitor = Visitor(browser(house))
    visitor.client.cookies.set("tagsight_session", cookie)
    visitor.csrf = "0" * 64
    answer = visitor.ask("GET", PING)
    assert (answer.status_code, message(answer)) == (401, "Your session has ended: sign in again")
    assert stored(visitor) == 401
    assert visitor.session()["signed_in"] is False


@pytest.mark.parametrize(
    "change",
    [
        {"cloud": "other"},
        {"kind": "password"},
        {"kind": "demo"},
        {"kind": "root"},
        {"key": "key2"},
        {"used": 9999999999},
        {"id": "another"},
        {"cloud": "\0"},
        {"cloud": None},
        {"started": "now"},
        {"started": True},
    ],
)
def test_a_forged_cookie_opens_nothing(house: House, change: dict[str, object]) -> None:
    refused(house, forged(signed_in(house).cookie, **change))


@pytest.mark.parametrize("cookie", ["", ".", "a.b", "e30.00", "W10." + "0" * 64, "x" * 5000, "bnVsbA.0"])
def test_what_is_no_cookie_opens_nothing(house: House, cookie: str) -> None:
    visitor = Visitor(browser(house))
    answer = visitor.client.get(PING, headers={"Cookie": f"tagsight_session={cookie}"} | PAGE)
    assert answer.status_code == 401


def test_a_cookie_that_nobody_used_for_long_opens_nothing(house: House) -> None:
    sessions = house.sessions
    session = sessions.by_key("demo", "key", "secret")
    early = replace(session, started=session.started - IDLE - 1, used=session.used - IDLE - 1)
    refused(house, sessions.write(early))
    refused(house, sessions.write(replace(session, started=session.started - LONGEST - 1)))
    refused(house, sessions.write(replace(session, used=session.used + 1000)))  # of tomorrow


def test_a_cookie_in_use_is_renewed(house: House) -> None:
    sessions = house.sessions
    session = sessions.by_key("demo", "key", "secret")
    older = replace(session, started=session.started - 4000, used=session.used - 4000)
    visitor = Visitor(browser(house))
    visitor.client.cookies.set("tagsight_session", sessions.write(older), domain="127.0.0.1")
    answer = visitor.ask("GET", "/console/api/session")
    assert sessions.read(answer.headers["set-cookie"].partition(";")[0].partition("=")[2]).used >= session.used
    assert answer.json()["csrf"] == sessions.csrf(older)
    visitor.client.cookies.set("tagsight_session", sessions.write(session), domain="127.0.0.1")
    assert "set-cookie" not in visitor.ask("GET", "/console/api/session").headers


def test_a_session_ends_with_its_key(house: House) -> None:
    key = house.accounts.add("demo")
    visitor = signed_in(house, api_key=key.key, api_secret=key.secret, cloud="demo")
    assert visitor.get(PING) == {"status": "ok"}
    house.accounts.remove(key.key)
    refused(house, visitor.cookie)


def test_a_session_ends_with_its_password(house: House, tmp_path: Path) -> None:
    cookie = signed_in(house, password=PASSWORD).cookie
    refused(replace_sessions(house, "another password"), cookie)
    refused(replace_sessions(house, ""), cookie)


def replace_sessions(house: House, password: str) -> House:
    return replace(house, sessions=replace(house.sessions, password=password))


def test_a_password_is_long(house: House) -> None:
    with pytest.raises(ValueError, match="at least 12 characters"):
        Settings.model_validate({"console_password": "short"})


def test_signing_out_ends_the_session_also_for_a_copy_of_its_cookie(house: House) -> None:
    visitor, other = signed_in(house), signed_in(house)
    copy = visitor.cookie
    assert visitor.client.delete("/console/api/session", headers=PAGE).status_code == 403  # by its own page, with its header
    answer = visitor.ask("DELETE", "/console/api/session")
    assert answer.json()["signed_in"] is False
    assert visitor.cookie == ""
    assert visitor.session()["signed_in"] is False
    assert visitor.ask("DELETE", "/console/api/session").status_code == 200
    refused(house, copy)
    assert other.get(PING) == {"status": "ok"}


@pytest.mark.parametrize("proof", [BY_KEY, {"password": PASSWORD}], ids=["key", "password"])
def test_servers_on_one_database_agree_on_sessions_and_on_their_end(house: House, proof: dict[str, str]) -> None:
    other = build(house.settings, house.inference)
    first = signed_in(house, **proof)
    second = Visitor(browser(other))
    second.client.cookies.set("tagsight_session", first.cookie)
    second.csrf = first.csrf
    assert second.session()["csrf"] == first.csrf
    assert stored(second) == 200
    assert first.ask("DELETE", "/console/api/session").status_code == 200
    other.sessions.ended.values.clear()  # as a quarter of a second later
    refused(other, second.cookie)
    other.close()


def test_a_change_needs_the_csrf_header(house: House) -> None:
    visitor = signed_in(house)
    other = signed_in(house)
    for csrf in ("", "wrong", other.csrf):
        headers = PAGE | ({"X-Console-Csrf": csrf} if csrf else {})
        answer = visitor.client.post(UPLOAD, data={"file": GIF}, headers=headers)
        assert (answer.status_code, message(answer)) == (403, "Changes with the console's cookie need the header X-Console-Csrf")
        answer = visitor.client.delete("/v1_1/demo/resources/image/upload?all=true", headers=headers)
        assert answer.status_code == 403
        assert visitor.client.put("/console/api/session", json={"cloud": "demo"}, headers=headers).status_code == 403
    assert visitor.get("/v1_1/demo/resources/image")["resources"] == []


@pytest.mark.parametrize(
    "page",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": HERE},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:3000"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {},
    ],
)
def test_a_change_comes_from_our_own_page(house: House, page: dict[str, str]) -> None:
    visitor = signed_in(house)
    visitor.page = page
    assert stored(visitor) == 403
    assert visitor.ask("PUT", "/console/api/session", json={"cloud": "demo"}).status_code == 403
    assert visitor.ask("DELETE", "/console/api/session").status_code == 403
    assert Visitor(browser(house), page).sign_in().status_code == 403
    visitor.page = PAGE
    assert visitor.get("/v1_1/demo/resources/image")["resources"] == []


def test_browsers_that_only_send_an_origin_are_understood(house: House) -> None:
    visitor = Visitor(browser(house), {"Origin": HERE})
    assert visitor.sign_in().status_code == 200
    assert stored(visitor) == 200


def test_another_sites_page_cannot_even_look(house: House) -> None:
    visitor = signed_in(house)
    visitor.page = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.ask("GET", PING).status_code == 403


def test_a_proxy_that_changes_the_host_is_told_by_public_url(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    house = build_house("sqlite", tmp_path, request, public_url="https://media.example")
    visitor = Visitor(browser(house, "http://inside:8000"), {"Origin": "https://media.example"})
    assert visitor.sign_in().status_code == 200
    house.close()


def test_programs_are_not_touched_by_a_cookie(house: House) -> None:
    """Whoever shows a proof of their own is that one, whatever cookie the browser adds."""
    house.presets.create(house.accounts.caller("demo", "key"), {"name": "open", "unsigned": "true"})
    visitor = signed_in(house)
    client, bad = visitor.client, {"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example"}
    assert client.get(PING, auth=BASIC, headers=bad).status_code == 200
    assert client.get(PING, auth=("key", "wrong"), headers=PAGE).status_code == 401
    assert client.post(UPLOAD, data=signed({}, file=GIF), headers=bad).status_code == 200
    assert client.post(UPLOAD, data=signed({}, secret="wrong", file=GIF), headers=bad).status_code == 401
    preset = {"file": GIF, "upload_preset": "open"}
    assert client.post(UPLOAD, data=preset, headers=bad).status_code == 200
    answer = client.post(UPLOAD, data=preset | {"overwrite": "true"}, headers=bad)  # what only a key may say
    assert (answer.status_code, "overwrite" in message(answer).lower()) == (400, True)
    assert visitor.ask("POST", UPLOAD, data=preset | {"overwrite": "true"}).status_code == 200


def test_the_demo_signs_in_by_itself_on_this_machine(demo: House) -> None:
    visitor = Visitor(browser(demo))
    body = visitor.session()
    assert (body["signed_in"], body["demo"], body["cloud"], body["operator"]) == (True, True, "demo", True)
    visitor.csrf = body["csrf"]
    assert stored(visitor) == 200
    assert visitor.get(PING) == {"status": "ok"}


@pytest.mark.parametrize(
    ("address", "peer", "more"),
    [
        ("http://tagsight.example:8000", ("127.0.0.1", 50000), {}),  # a name that was rebound to this machine
        ("http://127.0.0.1.evil.example:8000", ("127.0.0.1", 50000), {}),
        ("http://localhost.evil.example", ("127.0.0.1", 50000), {}),
        ("http://192.168.1.5:8000", ("192.168.1.5", 50000), {}),
        (HERE, ("192.168.1.9", 50000), {}),
        (HERE, ("testclient", 1), {}),
        (HERE, ("127.0.0.1", 50000), {"X-Forwarded-For": "203.0.113.9"}),  # behind a proxy nobody is known to be here
        (HERE, ("127.0.0.1", 50000), {"Via": "1.1 proxy"}),
        (HERE, ("127.0.0.1", 50000), {"Referer": "http://tagsight.example/console"}),
        (HERE, ("127.0.0.1", 50000), {"Origin": "http://evil.example"}),
        (HERE, ("127.0.0.1", 50000), {"Sec-Fetch-Site": "cross-site"}),
        (HERE, ("127.0.0.1", 50000), {"Host": "["}),
    ],
)
def test_the_demo_is_open_to_nobody_else(demo: House, address: str, peer: tuple[str, int], more: dict[str, str]) -> None:
    visitor = Visitor(browser(demo, address, peer), {"Sec-Fetch-Site": "same-origin"} | more)
    assert visitor.session()["signed_in"] is False
    inside = Visitor(browser(demo))
    assert inside.session()["signed_in"] is True
    visitor.client.cookies.set("tagsight_session", inside.cookie)
    assert visitor.ask("GET", PING).status_code in (401, 403)


def test_the_demos_cookie_ends_with_its_process(demo: House) -> None:
    cookie = Visitor(browser(demo))
    cookie.session()
    again = replace(demo, sessions=replace(demo.sessions, own=b"another process"))
    visitor = Visitor(browser(again))
    visitor.client.cookies.set("tagsight_session", cookie.cookie)
    assert visitor.ask("GET", PING).status_code == 401


def test_without_the_demo_nobody_is_signed_in_by_itself(house: House) -> None:
    session = Session("demo", "demo", "", "0" * 32, 0, 0)
    assert Visitor(browser(house)).session()["signed_in"] is False
    with pytest.raises(Exception, match="sign in again"):
        house.sessions.write(session)
