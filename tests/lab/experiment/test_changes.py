"""What a change of each knob means for a running engine, as tables. A knob without an expectation fails."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest
from helpers import random_value

from ncsn_viz.core.knobs import Choice, Real, ValidationError, knob, knobs
from ncsn_viz.core.nets import NETS, EnergyMLP, ScoreMLP
from ncsn_viz.core.objectives import OBJECTIVES, Denoising, MaximumLikelihood, Sliced
from ncsn_viz.core.samplers import SAMPLERS, AnnealedLangevin, Langevin
from ncsn_viz.core.targets import TARGETS, Moons
from ncsn_viz.lab.experiment import (
    LAYERS,
    Changes,
    Experiment,
    Fairness,
    LaneChanges,
    LaneSpec,
    Optimizer,
    Particles,
    Playback,
    Spec,
    View,
    evaluated_view,
)
from ncsn_viz.lab.experiment.changes import needs_restart

NOTHING, FRESH = frozenset(), frozenset({"fresh"})
LANES = (
    LaneSpec(name="one", objective=Denoising(), net=ScoreMLP(hidden=8), sampler=Langevin()),
    LaneSpec(name="two", objective=Sliced(), net=ScoreMLP(hidden=8), sampler=Langevin()),
    LaneSpec(name="three", objective=Sliced(), net=EnergyMLP(hidden=8), sampler=Langevin(), score_from="true"),
)
SPEC = Spec(lanes=LANES, view=View(layers=("density", "field", "particles")))

# what a change of the whole does to the Spec, and to each of its lanes
EXPERIMENT = {
    "seed": ({"restart"}, FRESH),
    "window": ({"truth"}, {"evaluation"}),
    "target": ({"truth"}, {"evaluation"}),
    "repeats": (NOTHING, NOTHING),
    "lanes": None,  # the tables below
    "particles": None,
    "fairness": None,
}
PARTICLES = {
    "count": {"particles"},
    "start": {"particles"},
    "low": {"particles"},
    "high": {"particles"},
    "spread": {"particles"},
    "speed": NOTHING,
    "loop": NOTHING,
    "exact": NOTHING,
    "handful": NOTHING,
    "scatter": NOTHING,
}
FAIRNESS = {
    "same_data": ({"restart"}, FRESH),
    "same_weights": ({"restart"}, FRESH),
    "same_start": (NOTHING, {"particles"}),
    "same_noise": ({"restart"}, FRESH),
}
PLAYBACK = {"training": NOTHING, "sampling": NOTHING, "slow_motion": NOTHING}
VIEW = {
    "layers": None,  # the table of layers
    "region": (NOTHING, {"field"}),
    "baseline": (NOTHING, NOTHING),  # unless a difference is drawn
    "view_angle": ({"view_only"}, NOTHING),
    "chosen": ({"view_only"}, NOTHING),
    "pixels": (NOTHING, NOTHING),
    "error_sigma": (NOTHING, NOTHING),  # the engine prepares other evaluation points
    "own_errors": ({"view_only"}, NOTHING),
    "reference": (NOTHING, {"field"}),
    "flow_start": (NOTHING, NOTHING),  # ways of the flow are computed besides the field
    "cursor": ({"view_only"}, NOTHING),
    "curves": ({"view_only"}, NOTHING),
    "hidden": ({"view_only"}, NOTHING),
    "race": ({"view_only"}, NOTHING),
    "below": ({"view_only"}, NOTHING),
    "pace": (NOTHING, NOTHING),  # read by the worker
}
LANE = {  # of the lane that is changed; all others continue as they are
    "name": NOTHING,
    "objective": FRESH,  # of another kind; knobs of one kind are below
    "net": FRESH,
    "optimizer": NOTHING,
    "sampler": {"particles", "field"},  # of another kind
    "score_from": {"field"},
    "group": NOTHING,
    "slot": NOTHING,
    "learner": FRESH,
    "own_layers": NOTHING,  # unless its own layers need another evaluation
    "layers": NOTHING,
}
OPTIMIZER = {"learning_rate": NOTHING, "batch_size": NOTHING, "ema": NOTHING}
DRAWN_FROM_THE_SCORE = {  # layers for which nothing but the score is evaluated; any other one is evaluated itself
    "density", "field", "streamlines", "particles", "trails", "paths", "flow", "mesh", "negatives", "followed",
    "pulls", "modes", "marginals", "path_axes",
}  # fmt: skip


def of_spec(changes):
    return {name for name in ("truth", "restart", "view_only") if getattr(changes, name)}


def of_lane(change):
    """The names of what changes for a lane; only "fresh" where nothing of it continues."""
    found = {name for name in ("particles", "evaluation", "field") if getattr(change, name)}
    if change.continues is not None:
        return found
    assert found == {"particles", "evaluation", "field"}
    return {"fresh"}


def check(old, new, spec, *lanes):
    """That the changes of the Spec are `spec`, and those of its lanes `lanes`, or the one that is given for all."""
    changes = Changes.between(old, new)
    assert of_spec(changes) == spec
    wanted = lanes if len(lanes) == len(new.lanes) else lanes * len(new.lanes)
    assert [of_lane(each) for each in changes.lanes] == [set(each) for each in wanted]
    return changes


def other(settings, name, seed=0, tries=2000):
    """The settings with another valid value of one knob, drawn at random."""
    rng, item = random.Random(f"{name} {seed}"), knobs(type(settings))[name]
    for _ in range(tries):
        value = random_value(item, rng, length=rng.randint(1, 6))
        if value != getattr(settings, name):
            try:
                return replace(settings, **{name: value})
            except ValidationError:
                continue
    raise AssertionError(f"{type(settings).__name__}.{name}: no other value found")


def several_valued(cls):
    """The knobs that have another value: a choice of one option has none yet."""
    return [name for name, item in knobs(cls).items() if not (isinstance(item, Choice) and len(item.options) == 1)]


def with_first(spec, **changes):
    return replace(spec, lanes=(replace(spec.lanes[0], **changes), *spec.lanes[1:]))


# -- the tables are complete ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cls", "table"),
    [(Experiment, EXPERIMENT), (Particles, PARTICLES), (Fairness, FAIRNESS), (Playback, PLAYBACK), (View, VIEW),
     (LaneSpec, LANE), (Optimizer, OPTIMIZER)], ids=lambda each: getattr(each, "__name__", ""),
)  # fmt: skip
def test_every_knob_has_an_expectation(cls, table):
    assert set(table) == set(knobs(cls))


def test_a_spec_is_an_experiment_with_playback_and_view():
    assert set(knobs(Spec)) == set(knobs(Experiment)) | {"playback", "view"}


# -- the whole ------------------------------------------------------------------------------------------------------


def test_everything_of_the_first_spec_is_new():
    assert Changes.between(None, SPEC) == Changes(
        truth=True,
        restart=True,
        lanes=(LaneChanges(continues=None, particles=True, evaluation=True, field=True),) * 3,
        view_only=False,
    )


def test_nothing_changes_between_equal_specs():
    changes = check(SPEC, replace(SPEC), {"view_only"}, NOTHING)
    assert [each.continues for each in changes.lanes] == [0, 1, 2]


@pytest.mark.parametrize("name", [name for name, expected in EXPERIMENT.items() if expected])
def test_knobs_of_the_experiment(name):
    spec, lane = EXPERIMENT[name]
    truth_is_drawn = {"field"} if "truth" in spec else NOTHING  # in the third lane
    check(SPEC, other(SPEC, name), spec, lane, lane, {*lane, *truth_is_drawn})


@pytest.mark.parametrize("cls", TARGETS, ids=lambda cls: cls.kind)
def test_another_target_or_a_knob_of_it_is_another_truth(cls):
    drawn = replace(SPEC, target=cls())
    if cls is not Moons:
        check(replace(SPEC, target=Moons()), drawn, {"truth"}, {"evaluation"}, {"evaluation"}, {"evaluation", "field"})
    for name in several_valued(cls):
        new = replace(drawn, target=other(drawn.target, name))
        check(drawn, new, {"truth"}, {"evaluation"}, {"evaluation"}, {"evaluation", "field"})


@pytest.mark.parametrize("name", PARTICLES)
def test_knobs_of_the_particles(name):
    assert knobs(Particles)[name].hot == (not PARTICLES[name])
    check(SPEC, replace(SPEC, particles=other(SPEC.particles, name)), NOTHING, PARTICLES[name])


@pytest.mark.parametrize("name", FAIRNESS)
@pytest.mark.parametrize("value", [True, False])
def test_switches_of_fairness(name, value):
    old = replace(SPEC, fairness=Fairness(**{name: not value}))
    check(old, replace(SPEC, fairness=Fairness(**{name: value})), *FAIRNESS[name])


@pytest.mark.parametrize("name", PLAYBACK)
def test_playback_changes_nothing_that_was_computed(name):
    playback = Playback(slow_motion="two") if name == "slow_motion" else other(SPEC.playback, name)
    check(SPEC, replace(SPEC, playback=playback), NOTHING, PLAYBACK[name])


# -- the view -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, expected in VIEW.items() if expected])
def test_knobs_of_the_view(name):
    check(SPEC, replace(SPEC, view=other(SPEC.view, name)), *VIEW[name])


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_for_which_more_is_computed_than_the_score_is_evaluated_again(name):
    field = NOTHING if name in DRAWN_FROM_THE_SCORE else {"field"}
    without = replace(SPEC, view=View(layers=()))
    shown = replace(SPEC, view=View(layers=(name,)))
    for old, new in ((without, shown), (shown, without)):
        check(old, new, NOTHING, field)


def test_the_order_of_layers_does_not_matter_to_what_is_evaluated():
    one, two = (replace(SPEC, view=View(layers=layers)) for layers in (("curl", "energy"), ("energy", "curl")))
    check(one, two, NOTHING, NOTHING)


def test_another_baseline_matters_where_a_difference_is_drawn():
    differing = replace(SPEC, view=View(layers=("difference",), baseline=-1))
    against = replace(differing, view=replace(differing.view, baseline=1))
    check(differing, against, NOTHING, {"field"})  # the baseline itself draws its density by now
    check(against, replace(against, view=replace(against.view, baseline=0)), NOTHING, {"field"})
    third = replace(against, view=replace(against.view, baseline=2))
    assert of_lane(Changes.between(against, third).lanes[0]) == {"field"}


def test_layers_of_a_lanes_own():
    own = with_first(SPEC, own_layers=True, layers=("energy",))
    check(SPEC, own, NOTHING, {"field"}, NOTHING, NOTHING)
    check(own, with_first(own, layers=("energy", "trails")), NOTHING, NOTHING)
    check(own, with_first(own, layers=("curl",)), NOTHING, {"field"}, NOTHING, NOTHING)
    check(own, replace(own, view=replace(own.view, layers=("curl",))), NOTHING, NOTHING, {"field"}, {"field"})
    check(SPEC, with_first(SPEC, layers=("energy",)), NOTHING, NOTHING)  # not shown: it has no layers of its own


def test_what_only_the_window_reads_does_not_hide_other_changes():
    view = replace(SPEC.view, chosen=1, below="table", cursor=((1.0, 2.0),))
    assert check(SPEC, replace(SPEC, view=view), {"view_only"}, NOTHING).view_only
    assert not check(SPEC, replace(SPEC, view=replace(view, pixels=64)), NOTHING, NOTHING).view_only
    assert not check(SPEC, replace(SPEC, view=view, seed=1), {"restart"}, FRESH).view_only


def test_the_evaluated_part_of_a_view_is_what_a_grid_evaluation_reads():
    view = View(layers=("particles", "curl", "difference"), region=(0, 1, 0, 1), baseline=1, reference=((0.0, 1.0),),
                pixels=99, chosen=1)  # fmt: skip
    spec = replace(SPEC, view=view)
    found = evaluated_view(spec, spec.lanes[0])
    assert found == View(layers=("curl", "difference"), region=view.region, baseline=1, reference=view.reference)
    assert evaluated_view(spec, spec.lanes[1]).layers == ("curl",)  # the baseline: nothing to subtract
    assert evaluated_view(spec, spec.lanes[1]).baseline == -1


# -- knobs of a lane ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in LANE if name not in ("objective", "net", "sampler", "optimizer")])
def test_knobs_of_a_lane(name):
    if name in ("own_layers", "layers"):
        new = with_first(SPEC, **{name: {"own_layers": True, "layers": ("energy",)}[name]})
    else:
        value = {"name": "another", "score_from": "true", "group": 2, "slot": 5, "learner": 7}[name]
        new = with_first(SPEC, **{name: value})
    changes = check(SPEC, new, NOTHING, LANE[name], NOTHING, NOTHING)
    assert [each.continues for each in changes.lanes] == [None if name == "learner" else 0, 1, 2]


@pytest.mark.parametrize("name", OPTIMIZER)
def test_knobs_of_the_optimiser_are_hot(name):
    check(SPEC, with_first(SPEC, optimizer=other(LANES[0].optimizer, name)), NOTHING, OPTIMIZER[name])


def lane_with(**parts):
    """A Spec whose first lane has these parts, with a network that suits all of them."""
    return with_first(SPEC, **{"net": EnergyMLP(hidden=8), **parts})


@pytest.mark.parametrize("cls", OBJECTIVES, ids=lambda cls: cls.kind)
def test_another_kind_of_objective_is_a_fresh_lane_and_its_knobs_are_hot(cls):
    before = lane_with(objective=Sliced() if cls is not Sliced else Denoising())
    drawn = lane_with(objective=cls())
    check(before, drawn, NOTHING, LANE["objective"], NOTHING, NOTHING)
    for name in several_valued(cls):
        new = lane_with(objective=other(cls(), name))
        check(drawn, new, NOTHING, {"evaluation", "field"}, NOTHING, NOTHING)


@pytest.mark.parametrize("cls", NETS, ids=lambda cls: cls.kind)
def test_another_network_or_a_knob_of_it_is_a_fresh_lane(cls):
    old = with_first(SPEC, net=cls())
    another = EnergyMLP() if cls is not EnergyMLP else ScoreMLP()
    check(with_first(SPEC, net=another), old, NOTHING, LANE["net"], NOTHING, NOTHING)
    for name in several_valued(cls):
        check(old, with_first(SPEC, net=other(cls(), name)), NOTHING, LANE["net"], NOTHING, NOTHING)


@pytest.mark.parametrize("cls", SAMPLERS, ids=lambda cls: cls.kind)
def test_another_kind_of_sampler_releases_the_particles_and_its_knobs_are_hot(cls):
    before = lane_with(sampler=Langevin() if cls is not Langevin else AnnealedLangevin())
    drawn = lane_with(sampler=cls())
    check(before, drawn, NOTHING, LANE["sampler"], NOTHING, NOTHING)
    for name in several_valued(cls):
        check(drawn, lane_with(sampler=other(cls(), name)), NOTHING, {"field"}, NOTHING, NOTHING)


def test_changes_of_the_whole_and_of_a_lane_add_up():
    new = replace(with_first(SPEC, objective=Denoising(sigma=0.9)), particles=replace(SPEC.particles, count=7))
    check(SPEC, new, NOTHING, {"particles", "evaluation", "field"}, {"particles"}, {"particles"})
    check(SPEC, replace(new, seed=3), {"restart"}, FRESH)


# -- which lane continues -------------------------------------------------------------------------------------------

ONE, TWO, THREE = SPEC.lanes
TWIN = replace(TWO, name="three", slot=2)  # a lane that could continue as the second
NEW = LaneSpec(name="new", objective=Sliced(), net=EnergyMLP(hidden=8))
CONTINUE = {  # old lanes, new lanes, and for each new one the slot of the old one that continues
    "moved": ((ONE, TWO, THREE), (THREE, ONE, TWO), (2, 0, 1)),
    "removed": ((ONE, TWO, THREE), (ONE, THREE), (0, 2)),
    "added": ((ONE, TWO), (ONE, TWO, NEW), (0, 1, None)),
    "added in front": ((ONE, TWO), (replace(NEW, slot=-1), ONE, TWO), (None, 0, 1)),
    "duplicated": ((ONE, TWO), (ONE, replace(ONE, name="copy", slot=-1), TWO), (0, None, 1)),
    "renamed": ((ONE, TWO), (replace(ONE, name="other"), TWO), (0, 1)),
    "renamed and moved": ((ONE, TWO), (TWO, replace(ONE, name="other")), (1, 0)),
    "in another slot": ((ONE, TWO), (replace(ONE, slot=4), TWO), (0, 1)),
    "slots swapped": ((TWO, TWIN), (replace(TWO, slot=2), replace(TWIN, slot=1)), (1, 2)),
    "names swapped": ((TWO, TWIN), (replace(TWO, name="three"), replace(TWIN, name="two")), (2, 1)),
    "names of others": ((ONE, TWO), (replace(ONE, name="two"), replace(TWO, name="one")), (None, None)),
    "new in a free slot": ((ONE, TWO), (replace(NEW, slot=0), TWO), (None, 1)),  # of another network
    "like the old in its slot": ((ONE, TWO), (replace(ONE, name="new"), TWO), (0, 1)),
    "old name in another slot": ((ONE, TWO), (replace(ONE, slot=1), replace(TWO, name="new", slot=0)), (0, None)),
    "slot conflict": ((ONE, TWO), (ONE, replace(TWO, slot=0)), (0, 1)),
    "all gone": ((ONE, TWO), (replace(NEW, slot=3),), (None,)),
}


@pytest.mark.parametrize("case", CONTINUE)
def test_which_lane_continues(case):
    before, after, wanted = CONTINUE[case]
    old, new = replace(SPEC, lanes=before), replace(SPEC, lanes=after)
    changes = Changes.between(old, new)
    assert [each.continues for each in changes.lanes] == list(wanted)
    for each in changes.lanes:
        if each.continues is not None:
            assert of_lane(each) == NOTHING
    continued = [slot for slot in wanted if slot is not None]
    assert len(set(continued)) == len(continued)


@pytest.mark.parametrize("seed", range(40))
def test_no_lane_continues_twice_whatever_is_edited(seed):
    """Each new lane continues an old one of the same network and kind of objective, or none."""
    rng = random.Random(seed)

    def lanes():
        names = rng.sample("ABCDEF", rng.randint(1, 6))
        kinds = rng.choices((ONE, TWO, THREE), k=len(names))
        return tuple(replace(kind, name=name, slot=rng.randint(-1, 5)) for kind, name in zip(kinds, names, strict=True))

    old, new = (replace(SPEC, lanes=lanes()) for _ in range(2))
    found = [each.continues for each in Changes.between(old, new).lanes]
    continued = [slot for slot in found if slot is not None]
    assert len(set(continued)) == len(continued)
    for lane, slot in zip(new.lanes, found, strict=True):
        if slot is not None:
            before = old.lanes[old.lane_index(slot)]
            assert (before.net, before.objective.kind) == (lane.net, lane.objective.kind)
            assert before.name == lane.name or before.slot == lane.slot


def test_the_size_of_an_energy_network_and_the_objective_change_together():
    """As where an objective brings its companions: one fresh lane, the others continue."""
    new = with_first(SPEC, objective=MaximumLikelihood(), net=EnergyMLP(hidden=8), sampler=AnnealedLangevin())
    check(SPEC, new, NOTHING, FRESH, NOTHING, NOTHING)


def test_a_knob_that_is_not_hot_restarts_what_it_is_a_knob_of():
    @dataclass(frozen=True)
    class Cold(Denoising):
        kind = "cold"
        width: float = knob(1.0, Real(low=0, high=9, hot=False))

    old, new = Cold(), Cold(width=2.0)
    assert needs_restart(old, new)
    assert not needs_restart(old, replace(old, sigma=0.7))
    assert needs_restart(old, Denoising())
    assert not needs_restart(Particles(), Particles(speed=3))
