"""What the AWS calls of an invocation are said to cost."""

import json

from infra.local.in_emulator.calls import units

KEYS = {"log": {"Keys": [{}, {}]}, "directory": {"Keys": [{}], "ConsistentRead": True}}


def test_units_are_those_that_the_emulator_counts():
    told = json.dumps({"ConsumedCapacity": {"TableName": "log", "CapacityUnits": 2.0}})
    assert units("PutItem", b"{}", told) == {"writeUnits": 2.0}
    assert units("Query", b"{}", told) == {"readUnits": 2.0}


def test_those_of_several_tables_are_added():
    told = json.dumps({"ConsumedCapacity": [{"CapacityUnits": 2.0}, {"CapacityUnits": 1.0}]})
    assert units("TransactWriteItems", b"{}", told) == {"writeUnits": 3.0}


def test_a_batch_get_costs_half_a_unit_a_key_and_one_if_it_is_strong():
    asked = json.dumps({"RequestItems": KEYS}).encode()
    assert units("BatchGetItem", asked, json.dumps({"Responses": {}})) == {"readUnits": 2.0}


def test_a_batch_get_that_was_refused_costs_nothing():
    asked = json.dumps({"RequestItems": KEYS}).encode()
    assert units("BatchGetItem", asked, json.dumps({"__type": "ValidationException"})) == {"readUnits": 0}


def test_an_answer_that_is_not_json_costs_nothing():
    assert units("GetItem", b"{}", b"<html>") == {}
