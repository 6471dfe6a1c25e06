"""A browser at the console: keeps the cookie, and says what browsers say of the page that asks."""

from typing import Any

import httpx2 as httpx
from starlette.testclient import TestClient

from app.house import House
from app.main import create_app

HERE = "http://127.0.0.1:8000"
PEER = ("127.0.0.1", 50000)
PAGE = {"Sec-Fetch-Site": "same-origin", "Origin": HERE}
PASSWORD = "a long password"
BY_KEY = {"api_key": "key", "api_secret": "secret", "cloud": "demo"}


class Visitor:
    """`page` are the headers that browsers add; `csrf` is shown with every change once somebody is signed in."""

    def __init__(self, client: TestClient, page: dict[str, str] | None = None) -> None:
        self.client = client
        self.page = PAGE if page is None else page
        self.csrf = ""

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        given = {"X-Console-Csrf": self.csrf} if self.csrf else {}
        headers = self.page | given | request.pop("headers", {})
        return self.client.request(method, path, headers=headers, **request)

    def session(self) -> dict[str, Any]:
        body: dict[str, Any] = self.ask("GET", "/console/api/session").json()
        return body

    def sign_in(self, **proof: str) -> httpx.Response:
        answer = self.ask("POST", "/console/api/session", json=proof or BY_KEY)
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """A look that must succeed."""
        answer = self.ask("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    @property
    def cookie(self) -> str:
        return self.client.cookies.get("tagsight_session") or ""


def browser(house: House, address: str = HERE, peer: tuple[str, int] = PEER) -> TestClient:
    """A client without the server's start and stop: the house is the test's own."""
    return TestClient(create_app(house), base_url=address, client=peer, raise_server_exceptions=False, follow_redirects=False)


def signed_in(house: House, **proof: str) -> Visitor:
    visitor = Visitor(browser(house))
    answer = visitor.sign_in(**proof)
    assert answer.status_code == 200, answer.text
    return visitor
