"""Like Lambda, the local event source decides what is tried again and what is given up."""

import pytest

from infra.local.stream import Answer, Batch, Decision, Rules, decide, rules, sequence, split_by_age

RULES = Rules(batch_size=100, window=2, lanes=10, partial=True, bisect=True, retries=3, max_age=3600)


def records(*numbers, at=1_000.0):
    return tuple({"dynamodb": {"SequenceNumber": str(n), "ApproximateCreationDateTime": at}} for n in numbers)


def returned(*failed):
    return Answer(None, {"batchItemFailures": [{"itemIdentifier": str(f)} for f in failed]})


def numbers(batch):
    return [int(sequence(r)) for r in batch.records]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_answer_without_failures_is_a_success(answer):
    assert decide(Batch(records(1, 2)), Answer(None, answer), RULES) == Decision()


def test_after_a_partial_failure_it_goes_on_from_the_lowest_number():
    decision = decide(Batch(records(1, 2, 3, 4, 5), failures=2), returned(5, 3), RULES)
    assert [numbers(b) for b in decision.again] == [[3, 4, 5]]
    assert decision.again[0].failures == 0, "the batch got smaller: that is no retry"


def test_a_partial_failure_of_the_first_record_is_a_retry():
    decision = decide(Batch(records(1, 2)), returned(1), RULES)
    assert decision.again == (Batch(records(1, 2), failures=1),)


@pytest.mark.parametrize("identifier", ["", None, "99", 1])
def test_an_identifier_that_makes_no_sense_fails_the_whole_batch(identifier):
    answer = Answer(None, {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": identifier}]})
    assert decide(Batch(records(1, 2)), answer, RULES).again == (Batch(records(1, 2), failures=1),)


@pytest.mark.parametrize("failures", [[{"itemId": "1"}], ["1"], [None]])
def test_a_failure_of_another_shape_fails_the_whole_batch(failures):
    decision = decide(Batch(records(1)), Answer(None, {"batchItemFailures": failures}), RULES)
    assert decision.again == (Batch(records(1), failures=1),)


def test_without_partial_failures_the_answer_is_not_read():
    assert decide(Batch(records(1, 2)), returned(1), RULES._replace(partial=False)) == Decision()


def test_an_error_halves_the_batch_in_order_and_is_no_retry():
    decision = decide(Batch(records(1, 2, 3), failures=1), Answer("Unhandled", None), RULES)
    assert [(numbers(b), b.failures) for b in decision.again] == [([1, 2], 0), ([3], 0)]


def test_an_error_of_one_record_is_a_retry_until_there_are_no_more():
    batch, tried = Batch(records(7)), 0
    while True:
        decision = decide(batch, Answer("Unhandled", None), RULES)
        tried += 1
        if decision.discarded is not None:
            break
        (batch,) = decision.again
    assert tried == 1 + RULES.retries
    assert decision == Decision(discarded=Batch(records(7), failures=4), condition="RetryAttemptsExhausted")


def test_without_bisecting_an_error_is_a_retry_of_the_whole_batch():
    decision = decide(Batch(records(1, 2)), Answer("Unhandled", None), RULES._replace(bisect=False))
    assert decision.again == (Batch(records(1, 2), failures=1),)


def test_retries_without_a_limit_never_end():
    batch = Batch(records(1), failures=10_000)
    assert decide(batch, Answer("Unhandled", None), RULES._replace(retries=-1)).discarded is None


def test_a_record_that_always_fails_is_given_up_alone_and_all_others_are_done():
    waiting, done, given_up = [Batch(records(*range(1, 17)))], [], []
    while waiting:
        batch = waiting.pop(0)
        poisoned = 11 in numbers(batch)
        decision = decide(batch, Answer("Unhandled" if poisoned else None, None), RULES)
        if not poisoned:
            done += numbers(batch)
        if decision.discarded:
            given_up += numbers(decision.discarded)
        waiting[:0] = decision.again
    assert given_up == [11]
    assert done == [n for n in range(1, 17) if n != 11], "and in order"


def test_records_too_old_are_given_up_and_the_others_tried():
    batch = Batch(records(1, at=0) + records(2, at=5_000), failures=2)
    young, decision = split_by_age(batch, now=5_001, rule=RULES)
    assert young == Batch(records(2, at=5_000), failures=2)
    assert decision == Decision(discarded=Batch(records(1, at=0), failures=2), condition="RecordAgeExceeded")


def test_without_an_age_limit_nothing_is_too_old():
    batch = Batch(records(1, at=0))
    assert split_by_age(batch, now=1e12, rule=RULES._replace(max_age=-1)) == (batch, Decision())


def test_rules_are_a_mappings_properties_with_lambdas_defaults():
    assert rules({}) == Rules(batch_size=100, window=0, lanes=1, partial=False, bisect=False, retries=-1, max_age=-1)
    given = {
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 2,
        "ParallelizationFactor": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 4,
        "MaximumRecordAgeInSeconds": 60,
    }
    assert rules(given) == Rules(batch_size=10, window=2, lanes=5, partial=True, bisect=True, retries=4, max_age=60)
