"""Rendering a parsed template (Go's text/template, exec.go).

Data are plain Python values: None, bool, int, float, str, list, dict. A key that a dict does not have, and a field of
nothing, give a value that is shown as `<no value>`, as Go does with maps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bakehouse.sdk.go_template import nodes
from bakehouse.sdk.go_template.errors import CallError, GoTemplateError
from bakehouse.sdk.go_template.parser import Parsed
from bakehouse.sdk.go_template.printing import shown, type_name

LONGEST = 16 << 20
"""Characters that a text may become."""
MOST_STEPS = 200_000
"""Nodes that may be rendered: a range over a range over a range ends here."""
DEEPEST = 100
"""Templates, blocks and parentheses that may be inside one another; Go allows 100,000 templates."""
NO_VALUE = "<no value>"
Call = Callable[..., Any]


class Missing:
    """What is not there."""

    def __repr__(self) -> str:
        return NO_VALUE


MISSING = Missing()


class _Jump(Exception):
    """break or continue on its way to its range."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


def render(parsed: Parsed, functions: Mapping[str, Call], data: Any) -> str:
    """The text. Raises GoTemplateError, with the place of the action that could not be done."""
    run = _Run(parsed, functions)
    run.body(parsed.body, _Frame(data, [("$", data)]))
    return "".join(run.parts)


class _Frame:
    """What `.` is, and the variables, the innermost last."""

    def __init__(self, dot: Any, variables: list[tuple[str, Any]]) -> None:
        self.dot = dot
        self.variables = variables

    def inner(self, dot: Any) -> _Frame:
        """The same variables, another dot; those that are declared inside are gone with `restore`."""
        return _Frame(dot, self.variables)

    def get(self, name: str) -> Any:
        return next(value for known, value in reversed(self.variables) if known == name)

    def assign(self, name: str, value: Any) -> None:
        place = max(at for at, (known, _) in enumerate(self.variables) if known == name)
        self.variables[place] = (name, value)


class _Run:
    """One rendering."""

    def __init__(self, parsed: Parsed, functions: Mapping[str, Call]) -> None:
        self.parts: list[str] = []
        self._parsed = parsed
        self._functions = functions
        self._length = 0
        self._steps = 0
        self._depth = 0

    def body(self, body: Sequence[nodes.Node], frame: _Frame) -> None:
        """Render nodes; the variables that they declare are gone afterwards."""
        known = len(frame.variables)
        try:
            for node in body:
                self._node(node, frame)
        finally:
            del frame.variables[known:]

    def _node(self, node: nodes.Node, frame: _Frame) -> None:
        self._step(node)
        match node:
            case nodes.Text():
                self._put(node.text, node)
            case nodes.Action():
                value = self._pipeline(node.pipeline, frame)
                if not node.pipeline.names:
                    self._put(NO_VALUE if value is MISSING or value is None else shown(value), node)
            case nodes.Branch():
                with self._deeper(node):
                    (self._range if node.kind == "range" else self._branch)(node, frame)
            case nodes.Jump():
                raise _Jump(node.kind)
            case nodes.Include():
                with self._deeper(node):
                    self._include(node, frame)

    @contextmanager
    def _deeper(self, node: nodes.Node) -> Iterator[None]:
        self._depth += 1
        if self._depth > DEEPEST:
            raise GoTemplateError(f"This goes more than {DEEPEST} levels deep", node.start, node.end)
        try:
            yield
        finally:
            self._depth -= 1

    def _step(self, node: nodes.Node) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise GoTemplateError("This takes too many steps", node.start, node.end)

    def _put(self, text: str, node: nodes.Node) -> None:
        self._length += len(text)
        if self._length > LONGEST:
            raise GoTemplateError("This becomes too long a text", node.start, node.end)
        self.parts.append(text)

    def _branch(self, node: nodes.Branch, frame: _Frame) -> None:
        known = len(frame.variables)
        value = self._pipeline(node.pipeline, frame)
        inner = frame.inner(value) if node.kind == "with" else frame
        if truth(value):
            self.body(node.body, inner)
        else:
            self.body(node.otherwise, frame)
        del frame.variables[known:]

    def _range(self, node: nodes.Branch, frame: _Frame) -> None:
        known = len(frame.variables)
        value = self._pipeline(node.pipeline, frame)
        inside = len(frame.variables)
        some = False
        for key, item in _pairs(value, node):
            some = True
            self._step(node)
            self._loop_variables(node.pipeline, frame, key, item)
            try:
                self.body(node.body, frame.inner(item))
            except _Jump as jump:
                if jump.kind == "break":
                    break
            finally:
                del frame.variables[inside:]
        if not some:
            self.body(node.otherwise, frame)
        del frame.variables[known:]

    def _loop_variables(self, pipeline: nodes.Pipeline, frame: _Frame, key: Any, item: Any) -> None:
        names = pipeline.names
        values = (item,) if len(names) == 1 else (key, item)
        for name, value in zip(names, values, strict=False):
            frame.assign(name, value)

    def _include(self, node: nodes.Include, frame: _Frame) -> None:
        body = self._parsed.defined.get(node.name)
        if body is None:
            raise GoTemplateError(f'There is no template "{node.name}"', node.start, node.end)
        data = None if node.pipeline is None else self._pipeline(node.pipeline, frame)
        self.body(body, _Frame(data, [("$", data)]))

    def _pipeline(self, pipeline: nodes.Pipeline, frame: _Frame) -> Any:
        value: Any = MISSING
        for at, command in enumerate(pipeline.commands):
            value = self._command(command, frame, (value,) if at else ())
        for name in pipeline.names:
            if pipeline.assigns:
                frame.assign(name, value)
            else:
                frame.variables.append((name, value))
        return value

    def _command(self, command: nodes.Command, frame: _Frame, last: tuple[Any, ...]) -> Any:
        first, *rest = command.words
        if isinstance(first, nodes.Function):
            return self._call(first, rest, frame, last, command)
        if rest or last:
            word = rest[0] if rest else first
            raise GoTemplateError("Only a function takes arguments", word.start, word.end)
        if isinstance(first, nodes.Constant) and first.value is None:
            raise GoTemplateError("nil is no command", first.start, first.end)
        return self._value(first, frame)

    def _value(self, node: nodes.Node, frame: _Frame) -> Any:
        match node:
            case nodes.Constant():
                return node.value
            case nodes.Dot():
                return frame.dot
            case nodes.Variable():
                return frame.get(node.name)
            case nodes.Function():
                return self._call(node, [], frame, (), node)
            case nodes.Fields():
                return _field(self._value(node.of, frame), node)
            case nodes.Pipeline():
                with self._deeper(node):
                    return self._pipeline(node, frame)
        raise AssertionError(node)

    def _call(
        self, name: nodes.Function, words: Sequence[nodes.Node], frame: _Frame, last: tuple[Any, ...], place: nodes.Node
    ) -> Any:
        if name.name in ("and", "or"):
            return self._short(name, words, frame, last)
        arguments = [*(self._value(word, frame) for word in words), *last]
        try:
            return self._functions[name.name](*(None if each is MISSING else each for each in arguments))
        except CallError as error:
            raise GoTemplateError(f"{name.name}: {error}", place.start, place.end, error.help) from None
        except TypeError as error:
            if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
                raise
            count = len(arguments)
            summary = f"{name.name} does not take {count} argument{'' if count == 1 else 's'}"
            raise GoTemplateError(summary, place.start, place.end) from None

    def _short(self, name: nodes.Function, words: Sequence[nodes.Node], frame: _Frame, last: tuple[Any, ...]) -> Any:
        """`and` and `or` evaluate no argument beyond the one that decides."""
        if not words and not last:
            raise GoTemplateError(f"{name.name} needs arguments", name.start, name.end)
        value: Any = MISSING
        for value in (*(self._value(word, frame) for word in words), *last) if not words else self._each(words, frame):
            if truth(value) == (name.name == "or"):
                return value
        return last[0] if last else value

    def _each(self, words: Sequence[nodes.Node], frame: _Frame) -> Iterator[Any]:
        for word in words:
            yield self._value(word, frame)


def truth(value: Any) -> bool:
    """Whether `if` takes it: not nothing, zero, or empty."""
    return value is not MISSING and bool(value)


def _field(value: Any, node: nodes.Fields) -> Any:
    for name in node.names:
        if value is MISSING or value is None:
            return MISSING
        if not isinstance(value, dict):
            summary = f"There is no .{name} in a {type_name(value)}"
            raise GoTemplateError(summary, node.start, node.end)
        value = value.get(name, MISSING)
    return value


def _pairs(value: Any, node: nodes.Branch) -> Iterable[tuple[Any, Any]]:
    if value is None or value is MISSING:
        return ()
    if isinstance(value, list | tuple):
        return enumerate(value)
    if isinstance(value, dict):
        return sorted(value.items())
    place = node.pipeline
    if isinstance(value, int) and not isinstance(value, bool):
        if len(place.names) > 1:
            raise GoTemplateError("range over a number has one variable", place.start, place.end)
        return ((number, number) for number in range(value))
    raise GoTemplateError(f"range cannot go over a {type_name(value)}", place.start, place.end)
