"""What leaves the engine as an answer: masked here, with what the record knows added (DESIGN 8)."""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from bakehouse.record.events import NANOSECONDS
from bakehouse.record.state import BuildState, RunState, worked
from bakehouse.redact import Redactor


def masked(redactor: Redactor, value: Any) -> Any:
    """Every string without secrets, ready for JSON. Bytes become text, or base64 where they are none; `encoding`
    beside them says which. Where they are `truncated`, what may be the first half of a secret is left out too."""
    if isinstance(value, dict):
        found: dict[str, Any] = {}
        for key, item in value.items():
            if isinstance(item, bytes):
                whole = item[: len(item) - redactor.held(item)] if value.get("truncated") else item
                found[key], found["encoding"] = _readable(redactor.data(whole))
            else:
                found[redactor.text(key)] = masked(redactor, item)
        return found
    if isinstance(value, list | tuple):
        return [masked(redactor, item) for item in value]
    return redactor.text(value) if isinstance(value, str) else value


def _readable(data: bytes) -> tuple[str, str]:
    if b"\0" not in data:
        for cut in range(min(4, len(data) + 1)):  # the limit may have cut a character
            try:
                return data[: len(data) - cut].decode(), "utf-8"
            except UnicodeDecodeError:
                continue
    return base64.b64encode(data).decode(), "base64"


def from_record(state: RunState, build: BuildState, step: str) -> dict[str, Any]:
    """What the record knows of where a build stands: attempts of the step, checkpoints, evidence."""
    attempts = [
        {
            "attempt": span.attempt,
            "outcome": span.outcome or "running",
            "error": span.error,
            "exit_status": span.exit_status,
            "seconds": round(worked(span, span.finished) / NANOSECONDS, 3) if span.finished else None,
            "revision": span.revision,
        }
        for span in state.spans.values()
        if span.type == "attempt" and span.step == step and span.build == build.key
    ]
    checkpoints = [msgspec.to_builtins(checkpoint) for checkpoint in build.checkpoints.values()]
    return {
        "status": build.status,
        "attempts": attempts,
        "checkpoints": checkpoints,
        "no_checkpoints": build.no_checkpoints,
        "evidence": build.evidence,
        "tainted": list(build.tainted),
    }
