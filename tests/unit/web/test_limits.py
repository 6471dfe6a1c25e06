"""The hourly limit: what its headers say, and when it starts again."""

from email.utils import parsedate_to_datetime

import pytest

from app.errors import Limited
from app.web.limits import HOUR, HourlyLimit

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
