"""The capacity model: sums agree, more use never costs less, and each part is what its definition says."""

import math
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace
from parley_client.protocol import constants

from infra import environment
from infra.capacity import demand, figures, prices, quotas, report, scenario
from infra.capacity.demand import Assumptions, Rates
from infra.capacity.prices import Price, Tier
from infra.capacity.quotas import Quota
from infra.capacity.usage import Usage
from parley.runtime import telemetry

PRICES = prices.load()
FIGURES = figures.load(figures.SHIPPED)
LIMITS = quotas.of(environment.load("prod"))
BASE = Assumptions(
    users=10_000, online=0.1, messages=20, offline=0.3, peak=4, devices=1.3, sessions=8, typing=1, media=0.5,
    media_mb=0.3, views=2, keep_months=12, storm_s=120,
)  # fmt: skip

amounts = st.floats(0, 1e6)
shares = st.floats(0, 1)
assumptions = st.builds(
    Assumptions, users=st.floats(1, 1e8), online=shares, messages=amounts, offline=shares, peak=st.floats(1, 50),
    devices=st.floats(1, 20), sessions=amounts, typing=amounts, media=amounts, media_mb=amounts, views=amounts,
    keep_months=st.floats(0, 120), storm_s=st.floats(1, 3600),
)  # fmt: skip


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def test_every_quantity_has_a_price_a_source_and_tiers_that_ascend_to_no_end():
    assert set(PRICES.prices) == set(Usage.__struct_fields__)
    for price in PRICES.prices.values():
        assert price.source.startswith("https://aws.amazon.com/")
        ends = [tier.up_to for tier in price.tiers]
        assert ends == sorted(set(ends))
        assert ends[-1] == math.inf


@pytest.mark.parametrize(("quantity", "usd"), [(0, 0), (5, 0), (10, 0), (11, 2), (20, 20), (24, 24)])
def test_each_tier_is_charged_for_what_lies_in_it(quantity: float, usd: float):
    price = Price("S", "units", 1, (Tier(0, 10), Tier(2, 20), Tier(1)), "")
    assert price.of(quantity) == usd


def test_the_first_price_that_is_not_free_is_the_marginal_one():
    assert PRICES.marginal(Usage(users=1)) == 0.0055
    assert PRICES.marginal(Usage(websocket_messages=1_000_000)) == 1.00


@given(assumptions)
def test_a_bills_services_sum_up_to_its_total_and_to_its_lines(a: Assumptions):
    usage = demand.month(a, FIGURES)
    assert close(sum(PRICES.by_service(usage).values()), PRICES.total(usage))
    assert close(sum(PRICES.bill(usage).values()), PRICES.total(usage))


@given(assumptions, st.sampled_from(Assumptions.__struct_fields__), st.floats(1, 3))
def test_more_of_anything_never_costs_less(a: Assumptions, name: str, factor: float):
    if name in {"offline", "peak", "storm_s"}:  # a push instead of a delivery; when, not how much
        return
    more = replace(a, **{name: min(getattr(a, name) * factor, 1.0 if name == "online" else math.inf)})
    assert PRICES.total(demand.month(more, FIGURES)) >= PRICES.total(demand.month(a, FIGURES)) * (1 - 1e-12)


@given(assumptions)
def test_all_that_people_do_is_ten_times_as_much_with_ten_times_the_people(a: Assumptions):
    ten = replace(a, users=a.users * 10)
    once, tenfold = asdict(demand.month(a, FIGURES)), asdict(demand.month(ten, FIGURES))
    assert all(close(tenfold[q], once[q] * 10) for q in once if q != "metrics")
    rates, more = asdict(demand.rates(a, FIGURES)), asdict(demand.rates(ten, FIGURES))
    assert all(math.isclose(more[r], rates[r] * 10, rel_tol=1e-6, abs_tol=1e-6) for r in rates)


@given(assumptions)
def test_nothing_that_is_asked_for_is_negative(a: Assumptions):
    assert all(value >= 0 for value in asdict(demand.month(a, FIGURES)).values())
    assert all(value >= -1e-6 for value in asdict(demand.rates(a, FIGURES)).values())


@given(assumptions)
def test_a_limit_is_met_at_the_users_that_are_said(a: Assumptions):
    for met in quotas.met(demand.rates(a, FIGURES), a.users, LIMITS):
        if 1 <= met.users < 1e15:
            then = demand.rates(replace(a, users=met.users), FIGURES)
            assert math.isclose(getattr(then, met.quota.rate), met.quota.limit, rel_tol=1e-6)


def test_the_first_limit_is_first_and_one_without_demand_is_never_met():
    limits = [Quota("pushes", "p", 10, "", ""), Quota("connects", "c", 10, "", ""), Quota("reads", "r", 10, "", "")]
    rates = Rates(**dict.fromkeys(Rates.__struct_fields__, 0.0) | {"pushes": 1.0, "connects": 20.0})
    found = quotas.met(rates, 100, limits)
    assert [(m.quota.rate, m.users) for m in found] == [("connects", 50), ("pushes", 1000), ("reads", math.inf)]
    assert [m.share > 1 for m in found] == [True, False, False]


def test_every_rate_has_a_limit_and_every_limit_a_source():
    assert {q.rate for q in LIMITS} == set(Rates.__struct_fields__)
    assert all(q.source and q.remedy and q.limit > 0 for q in LIMITS)


def test_a_month_without_messages_media_and_sockets_is_the_fixed_charge():
    nothing = dict.fromkeys(("online", "messages", "sessions", "media"), 0)
    usage = demand.month(replace(BASE, **nothing), FIGURES)
    assert {name for name, value in asdict(usage).items() if value} == {"metrics", "users"}


def test_two_devices_on_each_side_make_thirteen_frames_of_a_message_and_one_makes_seven():
    only = replace(BASE, users=1, messages=1 / demand.DAYS, offline=0, typing=0, sessions=0, online=0)
    frames = [demand.month(replace(only, devices=d), FIGURES).websocket_messages for d in (1, 1.5, 2)]
    assert [round(f) for f in frames] == [7, 10, 13]


def test_a_socket_that_only_stays_open_pings_syncs_and_renews_itself():
    alone = replace(BASE, users=1, online=1, devices=1, messages=0, sessions=0, media=0)
    usage = demand.month(alone, FIGURES)
    hours = 24 * demand.DAYS
    frames = (
        hours * 2 * (15 + FIGURES.sync.websocket_messages) + hours * 3600 / 3510 * FIGURES.session.websocket_messages
    )
    assert usage.connection_minutes == pytest.approx(hours * 60)
    assert usage.websocket_messages == pytest.approx(frames)


def test_the_clients_numbers_are_the_ones_that_are_counted_with():
    assert demand._PING_S == constants.PING_AFTER
    assert demand._RESYNC_S == constants.RESYNC_EVERY
    lead = (constants.TOKEN_LEAD_MIN + constants.TOKEN_LEAD_MAX) / 2
    assert demand._RENEWAL_S == 3600 - lead < constants.RENEW_AFTER_MIN


def test_no_more_sockets_are_open_at_the_peak_than_there_are_devices():
    rates = demand.rates(replace(BASE, online=0.9, peak=10, devices=1, storm_s=1), FIGURES)
    assert rates.storm_connects == BASE.users


def test_functions_that_are_short_are_limited_by_their_requests():
    short = replace(FIGURES.typing, lambda_gb_seconds=0.5 * 0.001)  # a millisecond
    only = replace(BASE, messages=0, online=0, sessions=0)
    quick = replace(FIGURES, typing=short, dm=Usage(lambda_requests=1), pushed=Usage(lambda_requests=1))
    rates = demand.rates(replace(only, messages=864, typing=1, peak=1), quick)
    assert rates.concurrency == pytest.approx(BASE.users * 864 * 2 / 86_400 / 10)


def test_the_metrics_kept_are_at_least_those_that_the_functions_count():
    people = {name for name in telemetry.METRICS if not name.startswith("Canary")}  # which is priced by itself
    assert len(people | {"Refusals"}) <= demand._METRICS


def test_support_chat_is_its_parts_and_grows_with_nothing_else():
    support = scenario.price(FIGURES, PRICES)
    assert support.total == support.messages + support.sessions + support.online
    messages = PRICES.marginal(FIGURES.small_dm) * 5_000_000
    assert support.messages == pytest.approx(messages)
    # 250,000 × 40 connection minutes, and a ping and a pong in each pause of 4 minutes: 0.373 of them on each side.
    assert support.online == pytest.approx(10_000_000 * 0.25e-6 + 250_000 * 2 * 0.3731 * 2 * 1e-6, rel=1e-3)


def test_a_socket_pings_in_its_pauses_only():
    random, minutes, pings = Random(1), 10_000.0, 0
    moments = sorted(random.uniform(0, minutes) for _ in range(5_000))
    for begin, end in pairwise([0.0, *moments, minutes]):
        pings += int((end - begin) / scenario._PING_MINUTES)
    assert scenario._pings(5_000, minutes) == pytest.approx(pings, rel=0.05)
    assert scenario._pings(0.001, 20) == pytest.approx(5, rel=0.01)  # whoever sends nothing pings every 4 minutes


def test_a_report_has_three_sizes_of_the_same_people():
    made = report.make(BASE, FIGURES, PRICES, LIMITS)
    assert [s.users for s in made.sizes] == [10_000, 100_000, 1_000_000]
    totals = [s.total for s in made.sizes]
    assert totals[1] > 2 * totals[0]
    assert totals[2] > 2 * totals[1]
    assert [m.share for m in made.sizes[0].met] == sorted((m.share for m in made.sizes[0].met), reverse=True)
    assert len(made.sizes[2].to_raise) > len(made.sizes[0].to_raise)
