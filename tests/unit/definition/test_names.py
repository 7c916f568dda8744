"""Names of offers: short, distinct, and the same whatever else is in the line."""

from hypothesis import given
from hypothesis import strategies as st

from counterflow.definition.candidates import buildable_configurations, candidates
from counterflow.definition.names import offer_names
from counterflow.domain.configuration import Configuration
from counterflow.domain.programme import Programme
from strategies.cargo_bike import cargo_bike

BIKES = Programme.model_validate(cargo_bike())
POSSIBLE = list(
    dict.fromkeys(c.configuration for c in candidates(BIKES, buildable_configurations(BIKES)))
)


def named(*levels: dict[str, str], possible=None) -> tuple[str, ...]:
    chosen = [Configuration.of(each) for each in levels]
    return offer_names(BIKES, chosen, possible or chosen)


def test_a_name_is_made_of_the_levels():
    (name,) = offer_names(BIKES, POSSIBLE[-1:], POSSIBLE)
    assert name == "mid-160-rented"


def test_what_all_possible_offers_share_is_left_out():
    chosen = {"brand": "ours", "trim": "plus"}
    assert named(chosen, {"brand": "ours", "trim": "base"}) == ("plus", "base")
    assert named(chosen) == ("offer",)


@given(st.lists(st.sampled_from(POSSIBLE), min_size=1, max_size=4, unique=True))
def test_an_offer_is_called_the_same_in_every_line(chosen):
    together = offer_names(BIKES, chosen, POSSIBLE)
    alone = tuple(offer_names(BIKES, [one], POSSIBLE)[0] for one in chosen)
    assert together == alone
    assert len(set(together)) == len(together)


def test_levels_that_look_alike_in_a_name_are_told_apart():
    assert named({"a": "x-y", "b": "z"}, {"a": "x", "b": "y-z"}) == ("x_y-z", "x-y_z")
    assert named({"a": "p q"}, {"a": "p/q"}) == ("p_q", "p_q-2")


def test_no_offer_is_called_like_a_rival_or_the_outside_option():
    assert named({"a": "rival"}, {"a": "outside"}, {"a": "x"}) == ("rival-2", "outside-2", "x")


def test_names_keep_letters_of_every_script():
    assert named({"a": "größte Größe"}, {"a": "豪华"}) == ("größte_Größe", "豪华")
