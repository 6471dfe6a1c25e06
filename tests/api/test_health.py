"""What works and what does not, as /health tells it."""

from app.house import House
from tests.api.caller import Caller


def test_all_is_well(api: Caller, house: House) -> None:
    body = api.client.get("/health").json()
    assert (body["status"], body["broken"]) == ("ok", {})
    named = {(item.name, item.version) for item in house.registry.all() if not item.internal}
    assert {(item["name"], item["version"]) for item in body["detectors"]} == named


def test_a_pack_that_turns_out_unusable_is_named_and_the_rest_works(api: Caller, house: House) -> None:
    coco = house.registry.find("coco")
    assert coco
    house.registry.refuse(coco, "Model coco/1 is not the file its registry names: sha256 differs")
    body = api.client.get("/health").json()
    assert (body["status"], list(body["broken"])) == ("degraded", ["coco_v1"])
    assert "coco" not in [item["name"] for item in body["detectors"]]
    assert api.client.get("/readyz").status_code == 200
