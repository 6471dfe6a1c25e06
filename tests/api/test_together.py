"""Many writers on one asset or one name at the same moment, on both databases: nothing is lost, nothing breaks."""

from functools import partial

from app.errors import BadRequest, NotFound
from app.house import House
from tests.api.caller import Caller
from tests.together import together

MANY = 50


def test_fifty_writers_of_one_asset_lose_no_tag_and_no_context(api: Caller, house: House) -> None:
    api.stored(public_id="a", tags="first")
    caller = house.accounts.caller("demo", "key")

    def tag(number: int) -> object:
        return house.editing.tag(caller, "image", {"command": "add", "tag": f"t{number},all", "public_ids": ["a"]})

    def context(number: int) -> object:
        fields = {"command": "add", "context": f"k{number}=v", "public_ids": ["a"]}
        return house.editing.context(caller, "image", fields)

    def describe(number: int) -> object:
        asset = house.library.get(caller, "image", "upload", "a")
        return house.library.update(caller, asset, {"display_name": f"n{number}"})

    calls = [partial((tag, context, describe)[number % 3 if number % 5 else 0], number) for number in range(MANY)]
    assert [outcome for outcome in together(calls) if isinstance(outcome, Exception)] == []
    found = api.get("resources/image/upload/a")
    tagged = {f"t{call.args[0]}" for call in calls if call.func is tag}
    assert set(found["tags"]) == tagged | {"first", "all"}
    assert len(found["tags"]) == len(tagged) + 2, "no tag twice"
    assert set(found["context"]["custom"]) == {f"k{call.args[0]}" for call in calls if call.func is context}


def test_one_of_many_renames_to_a_name_wins_and_nothing_is_lost(api: Caller, house: House) -> None:
    for number in range(8):
        api.stored(public_id=f"p{number}")
    caller = house.accounts.caller("demo", "key")

    def rename(number: int) -> object:
        return house.editing.rename(caller, "image", {"from_public_id": f"p{number}", "to_public_id": "target"})

    outcomes = together([partial(rename, number) for number in range(8)])
    lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(lost) == 7
    assert all(isinstance(error, BadRequest) and "already exists" in str(error) for error in lost), lost
    assert len(api.get("resources/image")["resources"]) == 8


def test_renames_that_cross_do_not_wait_for_each_other(api: Caller, house: House) -> None:
    caller = house.accounts.caller("demo", "key")

    def rename(old: str, new: str) -> object:
        return house.editing.rename(caller, "image", {"from_public_id": old, "to_public_id": new, "overwrite": True})

    for _ in range(10):
        for name in ("a", "b"):
            api.stored(public_id=name)
        outcomes = together([partial(rename, "a", "b"), partial(rename, "b", "a")])
        assert all(not isinstance(outcome, Exception) or isinstance(outcome, NotFound) for outcome in outcomes), outcomes
        assert len(api.get("resources/image")["resources"]) == 1


def test_relations_made_from_both_sides_at_once(api: Caller, house: House) -> None:
    a, b = (api.stored(public_id=name)["asset_id"] for name in ("a", "b"))
    caller = house.accounts.caller("demo", "key")
    calls = [partial(house.relations.change, caller, *pair, True) for pair in [((a,), [b]), ((b,), [a])] * 5]
    outcomes = together(calls)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert sorted(next(iter(outcome.values())) for outcome in outcomes if isinstance(outcome, dict)) == ["already"] * 9 + ["done"]


def test_a_detector_and_people_who_tag_at_once_lose_no_tag(api: Caller, house: House) -> None:
    api.stored("chelsea.jpg", public_id="a")
    caller = house.accounts.caller("demo", "key")

    def look(_number: int) -> object:
        asset = house.library.get(caller, "image", "upload", "a")
        return house.library.update(caller, asset, {"detection": "lvis_v1", "auto_tagging": "0.5"})

    def tag(number: int) -> object:
        return house.editing.tag(caller, "image", {"command": "add", "tag": f"t{number}", "public_ids": ["a"]})

    calls = [partial(look if number % 10 == 0 else tag, number) for number in range(MANY)]
    assert [outcome for outcome in together(calls) if isinstance(outcome, Exception)] == []
    found = api.get("resources/image/upload/a")["tags"]
    assert sorted(found) == sorted({"cat"} | {f"t{number}" for number in range(MANY) if number % 10})
