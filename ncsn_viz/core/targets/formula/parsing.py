"""The grammar of formulas: text becomes a list of steps for a stack, within bounds on length, nesting and cost.

    sum     = product {("+" | "-") product}
    product = signed {("*" | "/") signed}
    signed  = {"+" | "-"} power
    power   = atom [("^" | "**") signed] | atom ("²" | "³")
    atom    = number | constant | variable | function "(" sum {"," sum} ")" | "(" sum ")"

The text is never evaluated as code: a step adds two arrays, or calls one of a fixed list of numpy's functions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ncsn_viz.core.knobs import ValidationError, nearest, show
from ncsn_viz.core.targets.formula.functions import (
    ALIASES,
    CONSTANTS,
    FUNCTIONS,
    NEGATION,
    OPERATORS,
    VARIABLES,
    Function,
)

MAX_LENGTH = 600  # characters
MAX_DEPTH = 40  # of parentheses, signs and powers in each other
MAX_COST = 300  # of all steps, in units of an addition
LEXICON = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*|π|θ)"
    r"|(?P<symbol>\*\*|[-+*/^(),−–×·⋅÷²³])"
)
SYMBOLS = {"**": "^", "−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/"}
RAISED = {"²": 2.0, "³": 3.0}
EXAMPLE = "exp(-(x^2 + y^2)/2)"


class FormulaError(ValidationError):
    """A formula that cannot be used; what is wrong is between the characters `start` and `end`, counted from 0."""

    def __init__(self, message: str, start: int, end: int, path: tuple[str, ...] = ()) -> None:
        super().__init__(message, path)
        self.start, self.end = start, end

    def at(self, name: str) -> FormulaError:
        """The same error with `name` in front of its path."""
        return FormulaError(self.message, self.start, self.end, (name, *self.path))


@dataclass(frozen=True)
class Token:
    """A part of the text from `start` to `end`; `kind` is a group of LEXICON, or "end"."""

    kind: str
    text: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{show(self.text)} at character {self.start + 1}"

    def error(self, message: str) -> FormulaError:
        """An error about this part."""
        return FormulaError(message, self.start, self.end)


@dataclass(frozen=True)
class Step:
    """Push a number or the variable of that name, or apply a function to the last `count` values.

    `start` and `end` are the part of the text whose value is then last.
    """

    what: float | str | Function
    count: int
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The parts of a text without spaces. Raises FormulaError for a character that no formula has."""
    position = 0
    while position < len(text):
        found = LEXICON.match(text, position)
        if found is None:
            why = ": for a condition use step(…), which is 0 or 1" if text[position] in "<>=!&|" else ""
            stray = Token("stray", text[position], position, position + 1)
            raise stray.error(f"has {stray}, which is no part of a formula{why}")
        position = found.end()
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found.group(), found.start(), found.end())
    yield Token("end", "", len(text), len(text))


def parse(text: str) -> tuple[Step, ...]:
    """The steps that compute a formula. Raises FormulaError within a millisecond."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"has {len(text)} characters, and at most {MAX_LENGTH} are read", MAX_LENGTH, len(text))
    if not text.strip():
        raise FormulaError(f"is empty: write a function of x and y, like {EXAMPLE}", 0, len(text))
    return _Parser(text).parse()


class _Parser:
    """Recursive descent over the tokens; each method appends its steps and returns where its part began."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text))
        self._at = self._depth = 0
        self._steps: list[Step] = []

    def parse(self) -> tuple[Step, ...]:
        self._sum()
        if (rest := self._next).kind != "end":
            raise rest.error(self._left_over(rest))
        cost = sum(step.what.cost for step in self._steps if isinstance(step.what, Function))
        if cost > MAX_COST:
            end = self._tokens[-1].end
            raise FormulaError(f"takes too long: as much as {cost} additions, and at most {MAX_COST} are done", 0, end)
        return tuple(self._steps)

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    @property
    def _symbol(self) -> str:
        """The next token if it is a symbol, in ASCII."""
        return SYMBOLS.get(self._next.text, self._next.text) if self._next.kind == "symbol" else ""

    def _take(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _push(self, what: float | str | Function, count: int, start: int) -> None:
        self._steps.append(Step(what, count, start, self._tokens[self._at - 1].end))

    def _sum(self) -> int:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> int:
        return self._chain(("*", "/"), self._signed)

    def _chain(self, symbols: tuple[str, str], part: Callable[[], int]) -> int:
        start = part()
        while (symbol := self._symbol) in symbols:
            self._take()
            part()
            self._push(OPERATORS[symbol], 2, start)
        return start

    def _signed(self) -> int:
        self._depth += 1
        start, symbol = self._next.start, self._symbol
        if self._depth > MAX_DEPTH:
            raise self._next.error(f"is nested more than {MAX_DEPTH} deep at character {start + 1}")
        if symbol in ("+", "-"):
            self._take()
            self._signed()
            if symbol == "-":
                self._push(NEGATION, 1, start)
        else:
            self._power()
        self._depth -= 1
        return start

    def _power(self) -> None:
        start = self._atom()
        if self._symbol == "^":
            self._take()
            self._signed()
            self._push(OPERATORS["^"], 2, start)
        elif self._symbol in RAISED:
            token = self._take()
            self._push(RAISED[token.text], 0, token.start)
            self._push(OPERATORS["^"], 2, start)

    def _atom(self) -> int:
        token = self._next
        if token.kind == "number":
            self._number(self._take())
        elif token.kind == "name":
            self._name(self._take())
        elif token.text == "(":
            self._take()
            self._sum()
            self._close(token)
        elif token.kind == "end":
            after = f"ends after character {token.end}, where"
            raise token.error(f"{after} a number, a name or a parenthesis should follow")
        else:
            raise token.error(f"has {token}, where a number, a name or a parenthesis should be")
        return token.start

    def _number(self, token: Token) -> None:
        value = float(token.text)
        if not math.isfinite(value):
            raise token.error(f"has the number {token}, which is too large")
        self._push(value, 0, token.start)

    def _name(self, token: Token) -> None:
        name = ALIASES.get(token.text, token.text)
        if name in FUNCTIONS:
            self._call(token, FUNCTIONS[name])
        elif name in CONSTANTS:
            self._push(CONSTANTS[name], 0, token.start)
        elif name in VARIABLES:
            self._push(name, 0, token.start)
        else:
            known = nearest(token.text.lower(), (*VARIABLES, *CONSTANTS, *FUNCTIONS))
            raise token.error(f"has the unknown name {token}; {known}")

    def _call(self, token: Token, function: Function) -> None:
        if self._symbol != "(":
            raise token.error(f"has {token} without arguments: write {token.text}(…)")
        opening, count = self._take(), 1
        self._sum()
        while self._symbol == ",":
            self._take()
            self._sum()
            count += 1
        self._close(opening)
        if not function.least <= count <= function.most:
            wanted = str(function.least) if function.least == function.most else f"{function.least} to {function.most}"
            raise token.error(f"has {count} value{'s' * (count > 1)} in {token}, which takes {wanted}")
        self._push(function, count, token.start)

    def _close(self, opening: Token) -> None:
        if self._symbol == ")":
            self._take()
        elif self._next.kind == "end":
            raise opening.error(f"has {opening}, which is never closed")
        else:
            raise self._next.error(self._left_over(self._next))

    def _left_over(self, token: Token) -> str:
        if token.text == ")":
            return f"has {token}, which closes nothing"
        if token.text == ",":
            return f"has {token}, which parts the values of a function only"
        return f"lacks an operator before {token}: for a product write *"
