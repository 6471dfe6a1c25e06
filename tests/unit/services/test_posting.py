"""Webhooks go to the address that was checked, at every try anew; the receiver is a real HTTP server."""

import pytest

from app.errors import BadRequest
from app.services.fetching import Guard
from app.services.posting import Poster
from tests.unit.services.remote import answer, remote
from tests.unit.services.test_fetching import Notebook, named


def test_a_name_that_becomes_private_by_the_second_try_is_refused_then() -> None:
    book = Notebook()
    with remote({"/": answer("500 Internal Server Error")}) as server:
        poster = Poster(5.0, Guard(resolve=named("8.8.8.8", "127.0.0.1"), backend=book))
        assert poster.post(server.url(host="hooks.example"), b"{}", {}) == 500
        with pytest.raises(BadRequest, match="the address is not public"):
            poster.post(server.url(host="hooks.example"), b"{}", {})
    assert book.hosts == ["8.8.8.8"], "one connection, to the checked address and not to a name"
