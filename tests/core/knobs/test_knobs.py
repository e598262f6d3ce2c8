"""Knobs: accepted and refused values, error messages, and round trips through JSON."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pytest
from helpers import random_settings

from ncsn_viz.core import knobs as k
from ncsn_viz.core.nets import ScoreMLP
from ncsn_viz.core.objectives import NCSN, Denoising
from ncsn_viz.core.targets import Mixture
from ncsn_viz.lab.experiment import LaneSpec, Optimizer, Particles, Spec, View
from ncsn_viz.lab.storage import KINDS

HUGE = 10**5000  # more digits than Python writes
NUMBER = k.Real(low=0, high=10)
INTEGER = k.Integer(low=-5, high=10**12)
CHOICE = k.Choice(options=("silu", "tanh"))
TEXT = k.Text(max_length=5)


def label(value):
    return k.show(value).encode("ascii", "replace").decode()


def error_message(function, *arguments):
    with pytest.raises(k.ValidationError) as caught:
        function(*arguments)
    sentence = str(caught.value)
    assert sentence
    assert "\n" not in sentence
    assert len(sentence) < 400
    return sentence


@pytest.mark.parametrize(("value", "wanted"), [(0, 0.0), (10, 10.0), (2.5, 2.5), (1e-300, 1e-300)])
def test_a_number_is_a_float(value, wanted):
    found = NUMBER.parse(value)
    assert found == wanted
    assert type(found) is float


@pytest.mark.parametrize(("value", "wanted"), [(3, 3), (3.0, 3), (-5, -5), (1e12, 10**12)])
def test_a_whole_number_is_an_int(value, wanted):
    found = INTEGER.parse(value)
    assert found == wanted
    assert type(found) is int


@pytest.mark.parametrize("value", [True, False, None, "1", "", [1], {}, 1j, b"1", math.nan, math.inf, -math.inf,
                                   10**400, -(10**400), HUGE, 11, -0.001, 1e308], ids=label)  # fmt: skip
def test_values_that_are_no_number_in_range_are_refused(value):
    error_message(NUMBER.parse, value)


@pytest.mark.parametrize(
    "value", [True, None, "1", 1.5, math.nan, math.inf, 10**400, 10**13, -6, [3], 1e300, HUGE], ids=label
)
def test_values_that_are_no_integer_in_range_are_refused(value):
    error_message(INTEGER.parse, value)


def test_errors_name_the_range_and_the_value():
    assert error_message(NUMBER.parse, 11) == "must be between 0 and 10, not 11"
    explained = k.Real(low=0.1, high=10, below_reason="nothing moves")
    assert error_message(explained.parse, 0) == "must be between 0.1 and 10, not 0: nothing moves"
    assert error_message(explained.parse, 11) == "must be between 0.1 and 10, not 11"
    fewest = k.Integer(low=1, high=3, below_reason="none")
    assert error_message(fewest.parse, 0) == "must be between 1 and 3, not 0: none"
    assert error_message(NUMBER.parse, True) == "must be a number, not true"
    assert error_message(NUMBER.parse, math.nan) == "must be a finite number"
    assert error_message(INTEGER.parse, 1.5) == "must be a whole number, not 1.5"


@pytest.mark.parametrize(
    "value", ["gelu", "", 3, None, True, ["silu"], {"silu": 1}, "x" * 10**6, HUGE, "\ud800"], ids=label
)
def test_choices_are_by_name(value):
    assert CHOICE.parse("tanh") == "tanh"
    error_message(CHOICE.parse, value)


def test_the_nearest_name_is_suggested_for_a_misspelt_one():
    assert "did you mean 'tanh'?" in error_message(CHOICE.parse, "than")
    assert "known here: silu, tanh" in error_message(CHOICE.parse, "qqqqq")
    assert k.nearest("learning_rat", ["batch_size", "learning_rate"]) == "did you mean 'learning_rate'?"


@pytest.mark.parametrize("value", [0, 1, "true", None, [], 0.0])
def test_switches_are_true_or_false(value):
    assert k.Switch().parse(True) is True
    error_message(k.Switch().parse, value)


@pytest.mark.parametrize("value", [3, None, "longer", b"text", "\ud800", "ab\udfff", ["a"]], ids=label)
def test_texts_are_short_and_can_be_written(value):
    assert TEXT.parse("한σ\n😀") == "한σ\n😀"
    error_message(TEXT.parse, value)


@pytest.mark.parametrize("value", [(), [1, 2, 3, 4], "12", 5, None, {1: 2}, [1, "2"], [1, math.nan], [1, True], [[1]],
                                   [1, 1e999], [1, 10**400], [1, 99]], ids=label)  # fmt: skip
def test_lists_of_numbers(value):
    knob = k.Numbers(low=0, high=10, min_count=1, max_count=3)
    assert knob.parse([1, 2]) == (1.0, 2.0)
    error_message(knob.parse, value)


@pytest.mark.parametrize("value", [[1, 2], [[1, 2, 3]], [[1]], [[1, "2"]], ["ab"], [[1, math.inf]], [[]], [None]])
def test_rows_of_numbers(value):
    knob = k.Numbers(low=0, high=10, width=2)
    assert knob.parse([[1, 2], (3, 4)]) == ((1.0, 2.0), (3.0, 4.0))
    assert knob.dump(((1.0, 2.0),)) == [[1.0, 2.0]]
    error_message(knob.parse, value)


def test_errors_of_lists_name_the_number_of_entries():
    assert "must have 4 entries, not 2" in error_message(
        k.Numbers(low=0, high=1, min_count=4, max_count=4).parse, [1, 1]
    )
    assert "1 to 3 entries, not 0" in error_message(k.Numbers(low=0, high=1, max_count=3).parse, [])
    assert "rows of 2 numbers" in error_message(k.Numbers(low=0, high=1, width=2).parse, [[1]])


# -- settings -------------------------------------------------------------------------------------------------------


def test_an_error_has_the_path_to_the_knob():
    data = {"lanes": [{}, {"objective": {"kind": "denoising", "sigma": -1}}]}
    with pytest.raises(k.ValidationError) as caught:
        k.from_json(Spec, data)
    assert caught.value.path == ("lanes", "1", "objective", "sigma")
    reason = "without noise there is nothing to guess, and z/σ is infinite"
    assert str(caught.value) == f"lanes.1.objective.sigma must be between 0.01 and 50, not -1: {reason}"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"laness": []}, "has no key 'laness'; did you mean 'lanes'?"),
        ({"lanes": [{"optimiser": {}}]}, "lanes.0 has no key 'optimiser'; did you mean 'optimizer'?"),
        ({"lanes": []}, "lanes must have 1 to 6 entries, not 0"),
        ({"lanes": [{}] * 7}, "lanes must have 1 to 6 entries, not 7"),
        ({"lanes": {}}, "lanes must be a list"),
        ({"lanes": [3]}, "lanes.0 must be an object"),
        ({"lanes": [{"name": "x"}, {"name": "x"}]}, "lanes must have different names"),
        ({"target": {"kind": "moon"}}, "target has no kind 'moon'; did you mean 'moons'?"),
        ({"target": {"kind": 3}}, "target has no kind 3"),
        ({"target": {"kind": ["moons"]}}, "target has no kind ['moons']"),
        ({"target": {"means": 1}}, "target has no key 'means'"),  # of the default kind
        ({"target": []}, 'target must be an object with a "kind"'),
        ({"target": None}, 'target must be an object with a "kind"'),
        ({"target": {"kind": "moons", "widht": 1}}, "target has no key 'widht'; did you mean 'width'?"),
        ({"target": {"kind": "mixture", "weights": [1, 2, 3]}}, "as many weights as means"),
        ({"target": {"kind": "mixture", "weights": [0, 0]}}, "target.weights must not all be 0"),
        ({"lanes": [{"objective": {"kind": "ncsn", "sigma_min": 20}}]}, "lanes.0.objective.sigma_min must not exceed"),
        ({"lanes": [{"sampler": {"kind": "annealed_langevin", "sigma_min": 20}}]}, "lanes.0.sampler.sigma_min must"),
        ({"lanes": [{"objective": "sliced", "net": {"kind": "energy_mlp", "activation": "relu"}}]}, "lanes.0 cannot"),
        ({"lanes": [{"objective": "sliced", "net": {"kind": "score_mlp", "conditioning": "karras"}}]}, "cannot train"),
        ({"particles": {"low": 3, "high": 3}}, "particles.low must be below high"),
        ({"window": [1, 1]}, "window must run"),
        ({"window": [1]}, "window must have 2 entries"),
        ({"view": {"region": [0, 1, 1, 0]}}, "view.region must run"),
        ({"view": {"layers": ["densiti"]}}, "view.layers.0 cannot be 'densiti'; did you mean 'density'?"),
        ({"seed": True}, "seed must be a number, not true"),
        ({"seed": 2**63}, "seed must be between"),
        ({"seed": -1}, "seed must be between"),
        ({"seed": float("1e999")}, "seed must be a finite number"),
        ({"seed": HUGE}, "seed must be a finite number"),
        ({"playback": {"training": 1}}, "playback.training must be true or false"),
        ({"lanes": [{"name": "\ud800"}]}, "lanes.0.name holds characters"),
        ({"\ud800": 1}, "has no key '\\ud800'"),
        ({"k" * 10**6: 1}, "has no key"),
        ({HUGE: 1}, "has no key"),
        ([], "must be an object"),
        (HUGE, "must be an object"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "data",
)  # fmt: skip
def test_one_sentence_for_each_bad_experiment(data, words):
    assert words in error_message(k.from_json, Spec, data)


def test_settings_are_validated_however_they_are_constructed():
    with pytest.raises(k.ValidationError, match=r"^sigma must be between"):
        Denoising(sigma=0)
    with pytest.raises(k.ValidationError, match=r"^sigma must be between"):
        replace(Denoising(), sigma=1e9)
    with pytest.raises(AttributeError):
        Denoising().sigma = 3
    assert Denoising(sigma=1) == Denoising(sigma=1.0)
    assert hash(Denoising(sigma=1)) == hash(Denoising(sigma=1.0))
    assert Mixture(weights=[1], means=[[0, 0]], stds=[1]) == Mixture(weights=(1.0,), means=((0.0, 0.0),), stds=(1.0,))


def test_a_kind_may_be_given_by_its_name_alone():
    assert k.from_json(LaneSpec, {"objective": "denoising"}).objective == Denoising()
    assert k.from_json(Spec, {}) == Spec()


def test_lanes_are_named_by_letters_that_are_free():
    names = [lane.name for lane in Spec(lanes=(LaneSpec(name="B"), LaneSpec(), LaneSpec(), LaneSpec(name="x"))).lanes]
    assert names == ["B", "A", "C", "x"]
    taken = tuple(LaneSpec(name=letter) for letter in "ABCDE")
    assert [lane.name for lane in Spec(lanes=(*taken, LaneSpec())).lanes] == [*"ABCDEF"]


@pytest.mark.parametrize(
    "cls", [*KINDS.values(), Optimizer, LaneSpec, Particles, View, Spec], ids=lambda cls: cls.__name__
)
def test_random_settings_round_trip_through_json(cls):
    rng = random.Random(cls.__name__)
    for _ in range(40):
        settings = random_settings(cls, rng)
        text = json.dumps(k.to_json(settings), allow_nan=False)
        data = json.loads(text)
        if issubclass(cls, k.Kind):
            assert next(iter(data)) == "kind"
            back = k.kind_from_json(tuple(KINDS.values()), data)
        else:
            back = k.from_json(cls, data)
        assert back == settings
        assert hash(back) == hash(settings)
        assert json.dumps(k.to_json(back)) == text


@pytest.mark.parametrize("cls", [NCSN, ScoreMLP, Spec], ids=lambda cls: cls.__name__)
def test_from_json_does_not_change_its_argument(cls):
    data = k.to_json(cls())
    data.pop("kind", None)
    before = json.dumps(data)
    k.from_json(cls, data)
    assert json.dumps(data) == before


def test_a_knob_without_a_default_is_an_assertion_error():
    @dataclass(frozen=True)
    class Half(k.Settings):
        size: float = field(metadata={"knob": NUMBER})

    with pytest.raises(AssertionError, match="no default"):
        k.defaults(Half)


def test_show_is_short_for_any_value():
    for value in ("x" * 10**6, HUGE, [HUGE], list(range(10**5))):
        assert len(k.show(value)) <= 60
    assert k.show("a") == "'a'"


@dataclass(frozen=True)
class Renamed(k.Settings):
    former_names: ClassVar[Mapping[str, str]] = {"width": "size", "colour": "shade"}

    size: float = k.knob(1.0, NUMBER)
    shade: str = k.knob("silu", CHOICE)


def test_a_former_key_is_read_and_the_present_one_written():
    assert k.from_json(Renamed, {"width": 3, "shade": "tanh"}) == Renamed(size=3, shade="tanh")
    assert k.to_json(Renamed(size=3)) == {"size": 3, "shade": "silu"}
    assert k.from_json(LaneSpec, {"mark": 4}) == LaneSpec(slot=4)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"width": 11}, "width must be between 0 and 10, not 11"),
        ({"size": 11}, "size must be between 0 and 10, not 11"),
        ({"width": 1, "colour": "than"}, "colour cannot be 'than'; did you mean 'tanh'?"),
        ({"widht": 1}, "has no key 'widht'; known here: size, shade"),
        ({"width": 1, "size": 1}, "has 'width' and 'size', two names of one setting: keep one of them"),
        ({"size": 1, "width": 1}, "has 'size' and 'width', two names of one setting: keep one of them"),
    ],
)
def test_an_error_names_the_key_that_was_written(data, sentence):
    assert error_message(k.from_json, Renamed, data) == sentence


def test_an_error_deep_inside_names_the_former_key():
    assert error_message(k.from_json, Spec, {"lanes": [{"mark": 9}]}) == "lanes.0.mark must be between -1 and 5, not 9"
