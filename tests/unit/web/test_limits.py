"""The hourly limit: what its headers say, and when it starts again."""

from email.utils import parsedate_to_datetime

import pytest

from app.errors import Limited
from app.web import limits
from app.web.limits import HOUR, HourlyLimit, UnsignedLimit

NOON = 1_799_971_200.0  # 2027-01-15 04:00:00 GMT, a full hour


class Clock:
    def __init__(self) -> None:
        self.now = NOON + 10

    def __call__(self) -> float:
        return self.now


def test_headers_count_down_to_the_next_hour() -> None:
    limit = HourlyLimit(3, Clock())
    said = [limit.count("key") for _ in range(3)]
    assert [headers["X-FeatureRateLimit-Remaining"] for headers in said] == ["2", "1", "0"]
    assert {headers["X-FeatureRateLimit-Limit"] for headers in said} == {"3"}
    assert parsedate_to_datetime(said[0]["X-FeatureRateLimit-Reset"]).timestamp() == NOON + HOUR
    for headers in said:
        limit.check(headers)


def test_the_call_over_the_limit_is_refused_with_the_time_to_come_back() -> None:
    limit = HourlyLimit(1, Clock())
    limit.check(limit.count("key"))
    headers = limit.count("key")
    with pytest.raises(Limited, match=r"^Rate Limit Exceeded\. Limit of 1 api operations reached\. Try again on .* GMT$"):
        limit.check(headers)
    assert headers["X-FeatureRateLimit-Remaining"] == "0"


def test_keys_are_counted_apart_and_a_new_hour_starts_from_zero() -> None:
    clock = Clock()
    limit = HourlyLimit(2, clock)
    for _ in range(3):
        limit.count("busy")
    assert limit.count("other")["X-FeatureRateLimit-Remaining"] == "1"
    clock.now = NOON + HOUR - 1
    with pytest.raises(Limited):
        limit.check(limit.count("busy"))
    clock.now = NOON + HOUR
    headers = limit.count("busy")
    limit.check(headers)
    assert headers["X-FeatureRateLimit-Remaining"] == "1"
    assert parsedate_to_datetime(headers["X-FeatureRateLimit-Reset"]).timestamp() == NOON + 2 * HOUR


def test_an_address_has_its_own_count_and_an_ipv6_site_one_together() -> None:
    limit = UnsignedLimit(2, Clock())
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "192.0.2.1", "testclient", "testclient"):
        limit.count(address)
    for address in ("192.0.2.1", "2001:db8::3", "2001:db8:0:0:ffff::", "testclient"):
        with pytest.raises(Limited, match="Rate limit exceeded") as caught:
            limit.count(address)
        assert caught.value.retry_after == HOUR - 10
    limit.count("2001:db8:0:1::1")


def test_callers_beyond_the_first_are_counted_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_COUNTED", 2)
    counter = limits.Counter(Clock())
    assert [counter.add(key)[0] for key in ("a", "b", "c", "d", "a", "e")] == [1, 1, 1, 2, 2, 3]
