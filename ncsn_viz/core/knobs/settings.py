"""Settings, which are dataclasses made of knobs, and their JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from ncsn_viz.core.knobs.errors import ValidationError, nearest, show
from ncsn_viz.core.knobs.simple import Knob

T = TypeVar("T")
_KNOBS: dict[type, Mapping[str, Knob]] = {}  # of the classes that were asked for theirs


def knob(default: T, spec: Knob, compare: bool = True) -> T:
    """A dataclass field that is a knob: `sigma: float = knob(0.1, Real(low=0, high=100, help="…"))`.

    Without `compare` the knob does not count for equality and hash of the settings.
    """
    result: T = field(default=default, compare=compare, metadata={"knob": spec})
    return result


def knobs(settings: Settings | type[Settings]) -> Mapping[str, Knob]:
    """Every knob of the settings by its name, in the order of declaration."""
    kind = settings if isinstance(settings, type) else type(settings)
    if kind not in _KNOBS:
        found = {item.name: item.metadata["knob"] for item in fields(kind) if "knob" in item.metadata}
        _KNOBS[kind] = MappingProxyType(found)
    return _KNOBS[kind]


def defaults(settings: type[Settings]) -> dict[str, Any]:
    """The default of every knob by its name."""
    found = {item.name: item.default for item in fields(settings) if "knob" in item.metadata}
    assert MISSING not in found.values(), f"a knob of {settings.__name__} has no default"
    return found


@dataclass(frozen=True)
class Settings:
    """A frozen dataclass whose fields are knobs; construction checks every value and raises ValidationError.

    `former_names` maps a former JSON key to the present one, so that old files stay readable.
    """

    former_names: ClassVar[Mapping[str, str]] = {}

    def __post_init__(self) -> None:
        for name, spec in knobs(self).items():
            try:
                value = spec.parse(getattr(self, name))
            except ValidationError as error:
                raise error.at(name) from None
            object.__setattr__(self, name, value)

    @classmethod
    def defaults_beside(cls, given: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG003
        """The default of every knob for a JSON object that gives some: a class may derive it from the `given` ones."""
        return defaults(cls)


@dataclass(frozen=True)
class Kind(Settings):
    """Settings that are one of several kinds (a target, a net, an objective, a sampler)."""

    kind: ClassVar[str] = ""
    title: ClassVar[str] = ""
    about: ClassVar[str] = ""


def to_json(settings: Settings) -> dict[str, Any]:
    """The settings as a JSON object with every knob that is saved and not fixed, `kind` first."""
    head: dict[str, Any] = {"kind": settings.kind} if isinstance(settings, Kind) else {}
    free = {name: spec for name, spec in knobs(settings).items() if spec.saved and not spec.fixed}
    return head | {name: spec.dump(getattr(settings, name)) for name, spec in free.items()}


SettingsT = TypeVar("SettingsT", bound=Settings)


def from_json(cls: type[SettingsT], data: Any) -> SettingsT:
    """Settings from a JSON object; every key may be left out or have a former name (`Settings.former_names`).

    Raises ValidationError, which names keys as `data` does.
    """
    if not isinstance(data, Mapping):
        raise ValidationError(f"must be an object like {{…}}, not {show(data)}")
    known = {name: spec for name, spec in knobs(cls).items() if spec.saved}
    keys: dict[str, str] = {}  # the key in `data` of each knob
    for key in data:
        name = cls.former_names.get(key, key)
        if name not in known:
            raise ValidationError(f"has no key {show(key)}; {nearest(key, known)}")
        if name in keys:
            raise ValidationError(f"has {show(keys[name])} and {show(key)}, two names of one setting: keep one of them")
        keys[name] = key
    start = cls.defaults_beside({name: data[key] for name, key in keys.items()})
    try:
        return cls(**{name: known[name].complete(data[key], start[name]) for name, key in keys.items()})
    except ValidationError as error:
        path = (*(keys.get(name, name) for name in error.path[:1]), *error.path[1:])
        raise ValidationError(error.message, path) from None


def kind_from_json(kinds: Sequence[type[Kind]], data: Any) -> Kind:
    """Settings of the kind that the JSON object names. Raises ValidationError."""
    names = {cls.kind: cls for cls in kinds}
    if isinstance(data, str):
        data = {"kind": data}
    if not isinstance(data, Mapping) or "kind" not in data:
        raise ValidationError(f'must be an object with a "kind" ({", ".join(names)}), not {show(data)}')
    if not isinstance(data["kind"], str) or data["kind"] not in names:
        raise ValidationError(f"has no kind {show(data['kind'])}; {nearest(data['kind'], names)}")
    return from_json(names[data["kind"]], {key: value for key, value in data.items() if key != "kind"})


def carry_over(old: Kind, kind: type[Kind]) -> Any:
    """Settings of `kind` with the values of `old` that are not defaults, for knobs that both have and where valid.

    Defaults are not carried over: they suit their own kind (the step size of one sampler makes another diverge).
    """
    first, new_knobs, kept = defaults(type(old)), knobs(kind), {}
    for name in knobs(old):
        value = getattr(old, name)
        if name in new_knobs and value != first[name]:
            try:
                kept[name] = new_knobs[name].parse(value)
            except ValidationError:
                continue
    try:
        return kind(**kept)
    except ValidationError:
        return kind()
