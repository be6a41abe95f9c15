"""Data sources: the order of both kinds of values, what is read when, and what is said if it cannot be."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

import pytest
from aiohttp import web

from bakehouse.cli.conduct import watch_children
from bakehouse.errors import TemplateError
from bakehouse.template import data_reading
from bakehouse.template.compile import check, compile_plan
from bakehouse.template.data_reading import Reading
from bakehouse.template.inspect import inspect
from support.templates import errors_of, plan_of, request, write
from support.web import served

FILE = 'source "file" "x" {\n  target  = "o.txt"\n  content = %s\n}\nbuild {\n  sources = ["file.x"]\n}\n'


def content(directory: Path, text: str, value: str, **rest: object) -> object:
    """The value of an expression of a template, as the source gets it."""
    return plan_of(directory, text + FILE % value, **rest).builds[0].options["content"].value


def program(script: str) -> str:
    """The options of an external data source that is a shell script."""
    return f"  program = {json.dumps(['sh', '-c', script])}\n"


def external(name: str, script: str, more: str = "") -> str:
    return f'data "external" "{name}" {{\n{program(script)}{more}}}\n'


def test_locals_and_data_sources_need_each_other_in_any_order(tmp_path: Path) -> None:
    text = 'data "null" "second" {\n  input = "${local.middle}-second"\n}\n'
    text += 'locals {\n  middle = "${data.null.first.output}-middle"\n}\n'
    text += 'variable "v" {\n  default = "start"\n}\ndata "null" "first" {\n  input = var.v\n}\n'
    assert content(tmp_path, text, "data.null.second.output") == "start-middle-second"


def test_a_data_source_is_an_object_of_its_type(tmp_path: Path) -> None:
    text = 'data "null" "n" {\n  input = 5\n}\ndata "null" "b" {\n  input = true\n}\n'
    value = "jsonencode([data.null.n, data.null.b.output, keys(data.null), keys(data)])"
    assert content(tmp_path, text, value) == '[{"output":"5"},"true",["b","n"],["null"]]'


def test_a_circle_is_told_with_its_path(tmp_path: Path) -> None:
    text = 'data "null" "a" {\n  input = local.b\n}\nlocals {\n  b = data.null.c.output\n  ok = 1\n}\n'
    text += 'data "null" "c" {\n  input = data.null.a.output\n}\n'
    (error,) = errors_of(tmp_path, text + FILE % "local.b")
    path = "data.null.a (a.pkr.hcl:1) → local.b (a.pkr.hcl:5) → data.null.c (a.pkr.hcl:8) → data.null.a."
    assert error.detail == path


def test_validate_reads_nothing_and_knows_the_types(tmp_path: Path) -> None:
    text = external("x", "touch was-run; echo '{}'")
    write(tmp_path, a_hcl=text + FILE % "upper(data.external.x.result.a)")
    assert check(request(tmp_path)) == []
    write(tmp_path, a_hcl=text + "locals {\n  a = data.external.x.resutl\n}\n" + FILE % '"a"')
    with pytest.raises(TemplateError, match='Did you mean "result"'):
        check(request(tmp_path))
    assert not (tmp_path / "was-run").exists()


def test_independent_ones_are_read_at_the_same_time(tmp_path: Path) -> None:
    text = "".join(external(f"x{index}", "sleep 0.4; cat", f'  query = {{ n = "{index}" }}\n') for index in range(8))
    begun = time.monotonic()
    assert content(tmp_path, text, 'join(",", [for each in data.external : each.result.n])') == "0,1,2,3,4,5,6,7"
    assert time.monotonic() - begun < 2.4, "eight times 0.4 s is 3.2 s"


async def test_compiling_works_inside_a_running_loop(tmp_path: Path) -> None:
    assert content(tmp_path, external("x", "cat", '  query = { a = "b" }\n'), "data.external.x.result.a") == "b"
    assert asyncio.get_running_loop().is_running()


def test_a_revision_reads_again_only_what_was_edited(tmp_path: Path) -> None:
    log = tmp_path / "log"
    keeps = external("keeps", f"echo keeps >> {log}; echo '{{}}'")
    edited = external("edited", f"echo edited >> {log}; cat", '  query = { a = "QUERY" }\n')
    reading = Reading()
    for query in ("1", "1", "2"):
        write(tmp_path, a_hcl=keeps + edited.replace("QUERY", query) + FILE % "data.external.edited.result.a")
        plan, _ = compile_plan(request(tmp_path), 1, reading)
        assert plan.builds[0].options["content"].value == query
    assert sorted(log.read_text().split()) == ["edited", "edited", "keeps"]


def test_only_changes_nothing_about_data(tmp_path: Path) -> None:
    text = external("x", "exit 3") + FILE % '"a"' + 'source "null" "y" {\n  communicator = "none"\n}\n'
    errors = errors_of(tmp_path, text + 'build {\n  sources = ["null.y"]\n}\n', only=["null.y"])
    assert [error.summary for error in errors] == ["data.external.x cannot be read"]


def test_every_failure_has_its_place_and_is_told_once(tmp_path: Path) -> None:
    text = (
        external("a", "echo no such luck >&2; exit 3") + external("b", "echo [1]") + external("c", "echo '{\"a\": 1}'")
    )
    text += external("d", "kill -9 $$") + 'data "external" "e" {\n  program = ["./nope"]\n}\n'
    text += "locals {\n  after = data.external.a.result\n}\n"
    errors = errors_of(tmp_path, text + FILE % "local.after.x")
    assert [error.location.line for error in errors if error.location] == [1, 4, 7, 10, 13]
    found = [error.detail for error in errors]
    for detail, part in zip(
        found, ["no such luck", "no object", '"a" that is no string', "signal 9", "run"], strict=True
    ):
        assert part in detail


def test_what_is_wrong_with_a_block_is_told_without_reading(tmp_path: Path) -> None:
    text = 'data "htpp" "a" {\n}\ndata "null" "b" {\n  inptu = "x"\n}\ndata "null" "b" {\n  input = "x"\n}\n'
    text += (
        'data "http" "c" {\n  url    = "gopher://x"\n  method = "STEAL"\n}\ndata "external" "d" {\n  program = []\n}\n'
    )
    write(tmp_path, a_hcl=text + FILE % "data.null.b.output")
    with pytest.raises(TemplateError) as caught:
        check(request(tmp_path))
    said = str(caught.value)
    for part in (
        'Did you mean "http"',
        'Did you mean "input"',
        "declared twice",
        '"method" must be one of',
        "is empty",
    ):
        assert part in said


def test_a_secret_option_makes_what_repeats_it_a_secret(tmp_path: Path) -> None:
    text = 'variable "s" {\n  default   = "hunter2"\n  sensitive = true\n}\ndata "null" "d" {\n  input = var.s\n}\n'
    text += "locals {\n  loud = upper(data.null.d.output)\n}\n"
    plan = plan_of(tmp_path, text + FILE % "local.loud")
    assert {"hunter2", "HUNTER2"} <= set(plan.secrets)
    shown = {local.name: local.value for local in inspect(request(tmp_path)).locals}
    assert shown == {"loud": "<sensitive>"}


def test_slow_ones_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_reading, "SLOW", 0.1)
    said: list[str] = []
    write(tmp_path, a_hcl=external("x", "sleep 0.3; echo '{}'") + FILE % '"a"')
    compile_plan(request(tmp_path), 1, Reading(notice=said.append))
    assert said and said[0].startswith("Still reading data.external.x (")


def test_leaving_ends_what_is_still_read(tmp_path: Path) -> None:
    from bakehouse.data_sources.external import External

    mark = tmp_path / "pid"
    with data_reading.Reader(print) as reader:
        reader.start("x", External(External.Config(program=["sh", "-c", f"echo $$ > {mark}; sleep 60"])))
        deadline = time.monotonic() + 10
        while not (mark.exists() and mark.read_text().strip()):
            assert time.monotonic() < deadline, "the program never started"
            time.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_a_file_is_written_once_unless_forced(tmp_path: Path) -> None:
    def text(force: str) -> str:
        return f'data "file" "f" {{\n  destination = "{tmp_path}/made"\n  contents    = "héllo"\n{force}}}\n'

    assert content(tmp_path, text(""), "data.file.f.path") == f"{tmp_path}/made"
    assert (tmp_path / "made").read_text() == "héllo"
    (error,) = errors_of(tmp_path, text("") + FILE % "data.file.f.path")
    assert "force = true" in error.detail
    assert content(tmp_path, text("  force = true\n"), "data.file.f.path") == f"{tmp_path}/made"


def test_http(tmp_path: Path) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/gone":
            return web.Response(status=404)
        if request.path == "/moved":
            return web.Response(status=302, headers={"Location": "/"})
        body = f"{request.method} {request.headers.get('X-A')} {await request.text()}"
        return web.Response(text=body, headers=[("x-two", "1"), ("X-Two", "2")])

    with served(answer) as url:
        text = f'data "http" "p" {{\n  url = "{url}/"\n  method = "POST"\n  request_body = "ü"\n'
        text += f'  request_headers = {{ X-A = "b" }}\n}}\ndata "http" "m" {{\n  url = "{url}/moved"\n}}\n'
        value = 'join("|", [data.http.p.body, data.http.p.request_headers["X-Two"], data.http.m.url, data.http.m.body])'
        assert content(tmp_path, text, value) == f"POST b ü|1, 2|{url}/moved|GET None "
        text = f'data "http" "g" {{\n  url = "{url}/gone"\n}}\ndata "http" "r" {{\n  url = "http://127.0.0.1:1/"\n}}\n'
        gone, refused = errors_of(tmp_path, text + FILE % '"a"')
    assert gone.detail == f"{url}/gone answered 404 Not Found."
    assert refused.detail == "http://127.0.0.1:1/ cannot be read: Connection refused."


def test_a_program_is_run_beside_a_loop_that_waits_for_its_own_children(tmp_path: Path) -> None:
    watch_children()  # as every build does on Python 3.11, where that is one thing for the whole process
    assert content(tmp_path, external("x", "cat", '  query = { a = "b" }\n'), "data.external.x.result.a") == "b"


def test_a_program_that_prints_without_end_is_told(tmp_path: Path) -> None:
    write(tmp_path, a_hcl=external("x", "yes") + FILE % "data.external.x.result.a")
    with pytest.raises(TemplateError, match="printed more than 16 MiB"):
        compile_plan(request(tmp_path))
