"""Search over the Admin API: every documented form of an expression, on both databases, and what an answer holds."""

import base64
import hashlib
from typing import Any

import orjson
import pytest
from cloudinary import Search

from tests.api.caller import Caller, message

PNG = b"a raw file"


@pytest.fixture
def library(api: Caller) -> Caller:
    """Five assets that differ in what is searched for."""
    api.stored(public_id="pets/hot-dog", tags="hot-dog,Animal", context="stage=in_review|note=a very good boy", asset_folder="x")
    api.stored("coffee.jpg", public_id="drinks/coffee", tags="cup", asset_folder="x/deep", display_name="Morning Coffee")
    api.stored("rocket.jpg", public_id="rocket", tags="space,animal", type="private", asset_folder="xy", moderation="manual")
    api.stored("astronaut.jpg", public_id="astronaut", tags="space", context="year=1999|when=2020-05-01")
    answer = api.upload(PNG, path="raw/upload", public_id="notes.txt", tags="space")
    assert answer.status_code == 200
    return api


def found(api: Caller, expression: str | None, **more: Any) -> set[str]:
    return {item["public_id"] for item in body(api, expression=expression, **more)["resources"]}


def body(api: Caller, **query: Any) -> dict[str, Any]:
    answer = api.admin("POST", "resources/search", json=query)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()
    return data


DOG, COFFEE, ROCKET, ASTRONAUT, NOTES = "pets/hot-dog", "drinks/coffee", "rocket", "astronaut", "notes.txt"
ALL = {DOG, COFFEE, ROCKET, ASTRONAUT, NOTES}
EXPRESSIONS: list[tuple[str | None, set[str]]] = [
    (None, ALL),
    ("", ALL),
    ("tags:dog", {DOG}),
    ("tags:hot-dog", {DOG}),
    ('tags:"dog hot"', set()),
    ("tags=dog", set()),
    ("tags=hot-dog", {DOG}),
    ("tags=ANIMAL", {DOG, ROCKET}),
    ("tags:spa*", {ROCKET, ASTRONAUT, NOTES}),
    ("tags:*", ALL),
    ("tags:(cup OR dog)", {COFFEE, DOG}),
    ("tags=(space AND animal)", {ROCKET}),
    ("tags=hot-dog AND tags=space", set()),
    ("public_id=pets/hot-dog", {DOG}),
    ("public_id:pets/*", {DOG}),
    ("public_id=PETS/hot-dog", set()),
    ("filename:dog", {DOG}),
    ("filename=hot-dog", {DOG}),
    ("display_name:coffee", {COFFEE}),
    ('display_name="morning coffee"', {COFFEE}),
    ("display_name=morning", set()),
    ('folder:"x/*"', {DOG, COFFEE}),
    ("asset_folder:x/*", {DOG, COFFEE}),
    ("asset_folder=x", {DOG}),
    ("asset_folder:x*", {DOG, COFFEE, ROCKET}),
    ('asset_folder:"*" AND status:(active OR pending)', ALL),
    ('asset_folder=""', {ASTRONAUT, NOTES}),
    ("status:deleted", set()),
    ("type:upload OR type:private", ALL),
    ("type=private", {ROCKET}),
    ("resource_type:raw", {NOTES}),
    ("resource_type:image AND tags=space AND uploaded_at>1d AND bytes>1k", {ROCKET, ASTRONAUT}),
    ("format:(jpg OR png)", ALL - {NOTES}),
    ("-format:jpg", {NOTES}),
    ("NOT format:*", {NOTES}),
    ("width>1", ALL - {NOTES}),
    ("-width>1", {NOTES}),
    ("bytes:[0 TO 10]", {NOTES}),
    ("bytes:[0 TO 10}", set()),
    ("bytes={9 TO 1mb]", ALL),
    ("bytes:[* TO 1k]", {NOTES}),
    ("bytes<99999999999999999999999999", ALL),
    ("bytes=10", {NOTES}),
    ("context.stage=in_review", {DOG}),
    ("context.stage:review", {DOG}),
    ("context.stage:*", {DOG}),
    ("context.note:good", {DOG}),
    ('context.note:"very good"', {DOG}),
    ('context.note:"good very"', set()),
    ("context.year>1998", {ASTRONAUT}),
    ("context.year:[1999 TO 2000]", {ASTRONAUT}),
    ("context.when>=2020-05-01", {ASTRONAUT}),
    ("context.when>2020-05-01", set()),
    ("cup", {COFFEE}),
    ("morn*", {COFFEE}),
    ("review", {DOG}),
    ('"very good"', {DOG}),
    ("space -tags:animal", {ASTRONAUT, NOTES}),
    ("+space +animal", {ROCKET}),
    ("space OR dog AND animal", {ROCKET, ASTRONAUT, NOTES, DOG}),
    ("(space OR dog) AND animal", {ROCKET, DOG}),
    ("*", ALL),
    ("created_at>4w", ALL),
    ("created_at<1h", set()),
    ("created_at:[2001-01-01 TO 2y]", set()),
    ('uploaded_at>="2001-01-01T00:00:00Z"', ALL),
    ("updated_at>1d", ALL),
    ("last_updated.tags_updated_at>1d", ALL),
    ("moderation_status:pending", {ROCKET}),
    ("moderation_kind=manual", {ROCKET}),
    ("access_mode:public", ALL),
    ("aspect_ratio>0.1 AND pixels>1", ALL - {NOTES}),
    ('aspect_ratio:"1:1"', {ASTRONAUT}),
    ("pages>=1", ALL - {NOTES}),
    ("duration>1", set()),
    ("similarity:x", set()),
]


def test_every_form_of_an_expression(library: Caller) -> None:
    wrong = {text: names for text, wanted in EXPRESSIONS if (names := found(library, text)) != wanted}
    assert wrong == {}


def test_total_count_is_of_every_expression_and_without_assets(library: Caller) -> None:
    for text, wanted in EXPRESSIONS:
        answer = body(library, expression=text, max_results=0)
        assert (text, answer["total_count"], answer["resources"]) == (text, len(wanted), [])
        assert "next_cursor" not in answer


def test_pages_hold_each_asset_once_whatever_the_order(library: Caller) -> None:
    for sort in ("public_id:asc", "created_at:desc", "width:asc", "width:desc", "format:asc,bytes:desc", "uploaded_at:desc"):
        for text in ("", "tags:*", "tags=space", "cup OR space", "resource_type:image"):
            whole = [item["public_id"] for item in body(library, expression=text, sort_by=sort)["resources"]]
            seen: list[str] = []
            cursor = None
            while True:
                page = body(library, expression=text, sort_by=sort, max_results=1, next_cursor=cursor)
                seen += [item["public_id"] for item in page["resources"]]
                assert page["total_count"] == len(whole)
                cursor = page.get("next_cursor")
                if cursor is None:
                    break
            assert seen == whole, (sort, text)


def test_score_puts_hits_in_prominent_and_in_many_fields_first(library: Caller) -> None:
    library.stored("coffee.jpg", public_id="space", tags="other")
    told = body(library, expression="space OR animal", sort_by=[{"score": "desc"}, {"public_id": "asc"}])
    assert [item["public_id"] for item in told["resources"]] == ["space", ROCKET, ASTRONAUT, NOTES, DOG]
    assert [item["public_id"] for item in body(library, expression="space", sort_by="score:desc", max_results=1)["resources"]] == [
        "space"
    ]
    assert len(body(library, expression="tags=space", sort_by="score")["resources"]) == 3


def test_a_page_stays_where_it_is_when_something_is_uploaded(library: Caller) -> None:
    first = body(library, expression="tags:*", max_results=2)
    library.stored(public_id="late", tags="cup")
    rest = body(library, expression="tags:*", next_cursor=first["next_cursor"])
    names = [item["public_id"] for item in [*first["resources"], *rest["resources"]]]
    assert names == [NOTES, ASTRONAUT, ROCKET, COFFEE, DOG]


def test_what_is_changed_is_found_at_once(library: Caller) -> None:
    library.admin(
        "POST", f"resources/image/upload/{COFFEE}", json={"context": {"stage": "done"}, "display_name": "Tea", "tags": "pot"}
    )
    assert found(library, "context.stage=done") == found(library, "tags=pot") == found(library, "display_name:tea") == {COFFEE}
    assert found(library, "morning") == found(library, "tags=cup") == set()
    library.admin("DELETE", "resources/image/upload", json={"public_ids": [DOG]})
    assert found(library, "dog") == set()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"expression": "("}, "Invalid expression at column 2: expected a word or field"),
        ({"expression": "tags:cat AND colour:red"}, "Invalid expression at column 14: there is no field colour"),
        ({"expression": "tags>5"}, "Invalid expression at column 1: tags does not compare with >"),
        ({"expression": "width:wide"}, "Invalid expression at column 7: expected a number"),
        ({"expression": "created_at>soon"}, "Invalid expression at column 12: expected a date"),
        ({"expression": "bytes>1" + "0" * 5000}, "Invalid expression at column 7: expected a size"),
        ({"expression": "(" * 10_000}, "Invalid expression at column 10001: expected"),
        ({"expression": "(" * 9_000 + "a" + ")" * 9_000}, "Invalid expression: nested more than 40 deep"),
        ({"expression": "x" * 1_000_000}, "Invalid expression: 1000000 characters"),
        ({"expression": " OR ".join(["cat"] * 2000)}, "Invalid expression: more than 200 comparisons"),
        ({"sort_by": "beauty:asc"}, "Invalid value beauty for parameter sort_by"),
        ({"sort_by": "public_id:up"}, "Invalid value public_id:up for parameter sort_by"),
        ({"max_results": -1}, "Invalid value -1 for parameter max_results"),
        ({"next_cursor": "nonsense"}, "Invalid value nonsense for parameter next_cursor"),
        ({"aggregate": "beauty"}, "Invalid value beauty for parameter aggregate"),
        ({"aggregate": [{"type": "bytes", "ranges": []}]}, "Invalid value"),
        ({"with_field": "beauty"}, "Invalid value"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(api: Caller, sent: dict[str, Any], said: str) -> None:
    answer = api.admin("POST", "resources/search", json=sent)
    assert answer.status_code == 400
    assert message(answer).startswith(said)


def test_a_cursor_belongs_to_its_query(library: Caller) -> None:
    cursor = body(library, expression="tags:*", max_results=1)["next_cursor"]
    for other in ({"expression": "tags=cup"}, {"expression": "tags:*", "sort_by": "public_id:asc"}):
        answer = library.admin("POST", "resources/search", json={**other, "next_cursor": cursor})
        assert answer.status_code == 400
        assert "with the same query" in message(answer)


def test_aggregations(library: Caller) -> None:
    ranges = [{"key": "tiny", "to": 11}, {"key": "rest", "from": 11}]
    told = body(
        library, aggregate=["format", "resource_type", "type", {"type": "bytes", "ranges": ranges}, "pixels"], max_results=0
    )
    assert told["aggregations"] == {
        "format": {"jpg": 4},
        "resource_type": {"image": 4, "raw": 1},
        "type": {"upload": 4, "private": 1},
        "bytes": {"tiny": 1, "rest": 4},
        "pixels": {"small": 4},
    }
    assert body(library, expression="tags=space", aggregate="resource_type")["aggregations"] == {
        "resource_type": {"image": 2, "raw": 1}
    }


def test_an_answer_holds_the_documented_keys(library: Caller) -> None:
    (raw,) = body(library, expression="resource_type:raw")["resources"]
    assert [raw[name] for name in ("format", "width", "height", "aspect_ratio", "pixels")] == [None] * 5
    (dog,) = body(library, expression="tags:dog", with_field=["tags", "context", "metadata", "image_analysis"])["resources"]
    assert dog["context"] == {"stage": "in_review", "note": "a very good boy"}
    assert dog["tags"] == ["hot-dog", "Animal"]
    assert (dog["metadata"], dog["image_analysis"]["etag"]) == ({}, dog["etag"])
    assert (dog["filename"], dog["asset_folder"], dog["status"]) == ("hot-dog", "x", "active")
    assert dog["created_at"].endswith("+00:00")
    assert dog["created_by"] == dog["uploaded_by"] == {"access_key": "key"}
    assert "tags" not in raw
    assert "context" not in raw
    (few,) = body(library, expression="tags:dog", fields="tags,secure_url", with_field="context")["resources"]
    names = {
        "public_id",
        "asset_id",
        "asset_folder",
        "folder",
        "created_at",
        "status",
        "type",
        "resource_type",
        "tags",
        "secure_url",
    }
    assert few.keys() == names


def test_a_get_asks_the_same(library: Caller) -> None:
    told = library.get("resources/search", expression="tags=space", sort_by="public_id:asc", max_results="2")
    assert [item["public_id"] for item in told["resources"]] == [ASTRONAUT, NOTES]
    assert told["total_count"] == 3


def test_the_fields_are_told_for_completion(api: Caller) -> None:
    rows = {row["name"]: row for row in api.get("resources/search/fields")["fields"]}
    assert rows["tags"]["operators"] == [":", "="]
    assert ">=" in rows["bytes"]["operators"]


def test_a_nul_is_refused(api: Caller) -> None:
    for sent in ({"expression": "a\0b"}, {"expression": "tags:cat", "next_cursor": "\0"}, {"sort_by": "\0"}):
        assert api.admin("POST", "resources/search", json=sent).status_code == 400


@pytest.mark.parametrize("standard", [False, True])
def test_a_signed_url_searches_and_may_be_cached(library: Caller, standard: bool) -> None:
    """Python writes the query in the URL-safe alphabet, Node in the standard one."""
    url = Search().expression("tags=space OR tags:???".replace("?", "\\?")).sort_by("public_id", "asc").max_results(1)
    path = url.to_url(300, cloud_name="demo", api_secret="secret", secure=True).partition("res.cloudinary.com")[2]
    if standard:
        query = orjson.dumps(
            {"expression": "tags=space", "z": "\u00bf?>\u00fe?>", "max_results": 1, "sort_by": [{"public_id": "asc"}]}
        )
        coded = base64.b64encode(query.decode().encode("latin-1")).decode()
        assert "/" in coded or "+" in coded
        signature = hashlib.sha256(f"300{coded}secret".encode()).hexdigest()
        path = f"/demo/search/{signature}/300/{coded}"
    first = library.client.get(path)
    assert (first.status_code, first.headers["cache-control"]) == (200, "public, max-age=300")
    assert [item["public_id"] for item in first.json()["resources"]] == [ASTRONAUT]
    second = library.client.get(f"{path}/{first.json()['next_cursor']}")
    assert [item["public_id"] for item in second.json()["resources"]] == [NOTES]
    for wrong in (path.replace("/300/", "/301/"), path.replace("/search/", "/search/0"), path + "x"):
        answer = library.client.get(wrong)
        assert answer.status_code == 401
        assert message(answer) == "Invalid signature"
    assert library.client.get(path.replace("/demo/", "/nobody/")).status_code == 404


def test_the_documented_signature_of_a_search_url(library: Caller) -> None:
    expression = "resource_type:image AND tags=kitten AND uploaded_at>1d AND bytes>1m"
    query = f'{{"expression":"{expression}","max_results":30,"sort_by":[{{"public_id":"desc"}}]}}'
    coded = base64.urlsafe_b64encode(query.encode()).decode()
    for ttl, signature in (
        ("300", "431454b74cefa342e2f03e2d589b2e901babb8db6e6b149abf25bc0dd7ab20b7"),
        ("1000", "25b91426a37d4f633a9b34383c63889ff8952e7ffecef29a17d600eeb3db0db7"),
    ):
        answer = library.client.get(f"/demo/search/{signature}/{ttl}/{coded}")
        assert (answer.status_code, answer.json()["total_count"]) == (200, 0)
