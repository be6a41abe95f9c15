"""Legacy JSON templates: what they mean in the language's own terms, and what is refused, with places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.compile import check, compile_plan
from bakehouse.template.late import arguments
from bakehouse.template.plan import BuildPlan, Plan
from bakehouse.template.reading import check_syntax
from support.templates import request

NULL = {"type": "null", "communicator": "none"}


def write(directory: Path, template: Any, name: str = "t.json") -> None:
    text = template if isinstance(template, str) else json.dumps(template, indent=1)
    (directory / name).write_text(text)


def plan_of(directory: Path, template: Any, **rest: Any) -> Plan:
    write(directory, template)
    return compile_plan(request(directory, "t.json", **rest))[0]


def errors_of(directory: Path, template: Any, **rest: Any) -> list[Diagnostic]:
    write(directory, template)
    with pytest.raises(TemplateError) as caught:
        compile_plan(request(directory, "t.json", **rest))
    return [found for found in caught.value.diagnostics if found.severity == "error"]


def inline(plan: BuildPlan, number: int = 0, facts: dict[str, str] | None = None) -> Any:
    """The lines of a step, with the machine's facts."""
    return arguments(plan.steps[number].options, facts or {})["inline"].value


def local(*lines: str, **rest: Any) -> dict[str, Any]:
    return {"type": "shell-local", "inline": list(lines), **rest}


def test_names_and_order(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"builders": [{**NULL, "name": "z"}, NULL, {**NULL, "name": "second one"}]})
    assert [build.name for build in plan.builds] == ["null", "null.second one", "null.z"]
    assert len({build.key for build in plan.builds}) == 3


def test_user_variables_are_put_in(tmp_path: Path) -> None:
    template = {
        "variables": {"a": "A{{user `b`}}", "b": '"q" \\ é ${x} {{.Path}}', "n": "1.5", "t": "x", "e": ""},
        "builders": [NULL],
        "provisioners": [local("{{user `a`}}", "{{user `n`}} {{ user `t` }} [{{user `e`}}{{user `nope`}}]")],
    }
    plan = plan_of(tmp_path, template)
    assert plan.variables["a"] == 'A"q" \\ é ${x} {{.Path}}'
    lines = plan.builds[0].steps[0].options["inline"].value
    assert lines == ['A"q" \\ é ${x} {{"{{"}}.Path}}', "1.5 x []"]


def test_values_win_in_order(tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text('{"a": "file", "b": "file", "more": "undeclared"}')
    (tmp_path / "w.json").write_text('{"b": "second"}')
    template = {
        "variables": {"a": None, "b": "default", "c": "{{env `BAKEHOUSE_NOWHERE`}}|{{user `a`}}|{{user `more`}}"},
        "builders": [NULL],
    }
    asked = {"variable_files": ["v.json", "w.json"], "variables": [("a", "line {{user `b`}}")]}
    plan = plan_of(tmp_path, template, **asked, environment={"b": "is not read"})
    assert plan.variables["a"] == "line second"
    assert plan.variables["c"] == "|line second|undeclared"


def test_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAKEHOUSE_HERE", 'a "b" {{c')
    plan = plan_of(tmp_path, {"variables": {"v": "<{{env `BAKEHOUSE_HERE`}}>"}, "builders": [NULL]})
    assert plan.variables["v"] == '<a "b" {{c>'


def test_sensitive_values_are_secrets(tmp_path: Path) -> None:
    template = {
        "variables": {"pw": "hunter2", "open": "seen"},
        "sensitive-variables": ["pw", "nope"],
        "builders": [NULL],
    }
    plan = plan_of(tmp_path, template, variables=[("pw", "other22")])
    assert plan.secrets == ["other22"]
    assert plan.variables == {"open": "seen", "pw": "<sensitive>"}


def test_facts_of_the_machine_come_late(tmp_path: Path) -> None:
    step = local("id {{build `ID`}} ${HOME} %{x} {{user `a`}}", "plain ${y}")
    plan = plan_of(tmp_path, {"variables": {"a": "${z}"}, "builders": [NULL], "provisioners": [step]})
    assert plan.builds[0].steps[0].options["inline"].late is not None
    lines = inline(plan.builds[0], facts={"ID": 'i"d'})
    assert lines == ['id {{"i\\"d"}} ${HOME} %{x} {{"${z}"}}', "plain ${y}"]
    (found,) = errors_of(tmp_path, {"builders": [NULL], "provisioners": [local("x", "{{build `Idd`}}")]})
    assert found.location is not None
    assert "Idd" in found.summary
    assert found.source.endswith('"{{build `Idd`}}"')


def test_only_except_and_override(tmp_path: Path) -> None:
    template = {
        "builders": [{**NULL, "name": "one"}, {**NULL, "name": "two"}],
        "provisioners": [
            local("only one", only=["one"]),
            local("not one", **{"except": ["one"]}),
            local("base", override={"two": {"inline": ["other"]}}),
        ],
        "post-processors": [
            {"type": "shell-local", "inline": ["p"], "only": ["two"]},
            [local("c1", name="named"), local("c2")],
        ],
    }
    one, two = plan_of(tmp_path, template).builds
    assert [inline(one, at) for at in range(4)] == [["only one"], ["base"], ["c1"], ["c2"]]
    assert [inline(two, at) for at in range(5)] == [["not one"], ["other"], ["p"], ["c1"], ["c2"]]
    (kept,) = plan_of(tmp_path, template, only=["one"]).builds
    assert kept.local_name == "one"
    for nothing in ("o*", "null.one", "nope"):
        assert "No builds" in errors_of(tmp_path, template, only=[nothing])[0].summary
    without = plan_of(tmp_path, template, exclude=["named", "two"]).builds
    assert [len(build.steps) for build in without] == [2]


def test_steps_know_how_to_wait(tmp_path: Path) -> None:
    step = local("x", pause_before=2_000_000_000, max_retries="{{user `n`}}")
    cleanup = local("c")
    template = {"variables": {"n": "3"}, "builders": [NULL], "provisioners": [step]}
    (build,) = plan_of(tmp_path, {**template, "error-cleanup-provisioner": cleanup}).builds
    assert (build.steps[0].pause_before, build.steps[0].max_retries) == (2.0, 3)
    assert build.cleanup is not None
    assert build.cleanup.kind == "cleanup"


def test_weak_types(tmp_path: Path) -> None:
    step = {"type": "shell-local", "Inline": "echo a,{{user `l`}}", "valid_exit_codes": "0,1"}
    file = {"type": "file", "target": "o", "content": True}
    template = {"variables": {"l": "b,c"}, "builders": [NULL, file], "provisioners": [step]}
    by_name = {build.name: build for build in plan_of(tmp_path, template).builds}
    assert inline(by_name["null"]) == ["echo a", "b", "c"]
    assert by_name["file"].options["content"].value == "1"


def test_a_chain_and_a_lone_type(tmp_path: Path) -> None:
    template = {
        "builders": [{"type": "file", "target": "o", "content": "x"}],
        "post-processors": ["checksum", [{"type": "checksum", "keep_input_artifact": True}, "manifest"]],
    }
    steps = [step for step in plan_of(tmp_path, template).builds[0].steps if step.kind == "post-processor"]
    assert [(step.type, step.chain, step.link) for step in steps] == [
        ("checksum", 0, 0),
        ("checksum", 1, 0),
        ("manifest", 1, 1),
    ]
    assert steps[1].keep_input is True


def test_a_builders_name_may_be_computed(tmp_path: Path) -> None:
    template = {"variables": {"n": "computed"}, "builders": [{**NULL, "name": "{{user `n`}}"}]}
    template["provisioners"] = [local("x", only=["{{user `n`}}"])]
    (build,) = plan_of(tmp_path, template, only=["computed"]).builds
    assert build.name == "null.computed"
    assert len(build.steps) == 1


@pytest.mark.parametrize(
    ("template", "line", "words"),
    [
        ('{"builders": {}}', 1, '"builders" must be an array'),
        ('{\n"builders": [\n"null"]}', 3, "This is a string"),
        ('{"builders": [\n{"communicator": "none"}]}', 2, 'without "type"'),
        ('{"builders": [{\n"typ": "null"}]}', 2, 'Did you mean "type"?'),
        ('{"builders": []}', 1, "no builders"),
        ('{"bilders": []}', 1, 'Did you mean "builders"?'),
        ('{"_": 1}', 1, "A comment must be a string"),
        ('{"description": "a",\n"description": "b"}', 2, "twice"),
        ('{"builders": [{"type": "null",\n"type": "null"}]}', 2, "twice"),
        ('{"variables": {"a":\n["x"]}}', 2, "is an array"),
        ('{"variables": {"a":\n5}}', 2, "Put it into quotes"),
        ('{"builders": [{"type": "null"}], "post-processors": [{"type": "manifest", "only":\n"null"}]}', 2, "array"),
        ('{"post-processors": [{"type": "manifest", "keep_input_artifact":\n"true"}]}', 2, "without quotes"),
        ('{"builders": [{"type": "null",\n"NAME": "x"}]}', 2, '"NAME"'),
        ('{"builders": [{"type": "null"}], "provisioners": [{"type": "shell-local",\n"name": "x"}]}', 2, '"name"'),
        ('{"builders": [{"type": "file", "target": "o",\n"Target": "o"}]}', 2, "twice"),
        (
            '{"builders": [{"type": "null"}], "provisioners": [{"type": "shell-local", "timeout":\n"{{x}}"}]}',
            2,
            "timeout",
        ),
        ('{"variables": ["a"]}', 1, '"variables" must be an object'),
        ('{"builders": [{"type": "null"},\n{"type": "null"}]}', 2, "Two builders"),
        ('{"builders": [{"type": "nul"}]}', 1, 'Did you mean "null"?'),
        ('{"builders": [{"type": "null"}], "post-processors": [\n5]}', 2, "as a string"),
        ('{"builders": [{"type": "null"}], "provisioners": [{"type": "shell-local",\n"only": ["nul"]}]}', 2, "nul"),
        ('{"builders": [{"type": "null"}], "min_packer_version":\n"99.1"}', 2, "99.1 or newer"),
        ('{"variables": {\n"a": null}, "builders": [{"type": "null"}]}', 2, "has no value"),
        ('{"variables": {"a": "{{user `b`}}",\n"b": "{{user `a`}}"}}', 1, "a -> b -> a"),
        ('{"variables": {"a":\n"{{user `nope`}}"}}', 1, 'no variable "nope"'),
        ('{"builders": [{"type": "null", "communicator": "none",\n"colour": 1}]}', 2, 'option "colour"'),
        ('{"builders": [\n], }', 2, "comma"),
        ("[]", 1, "A template must be an object"),
    ],
)
def test_what_is_refused(tmp_path: Path, template: str, line: int, words: str) -> None:
    found = errors_of(tmp_path, template)
    told = [f"{each.summary} {each.detail} {each.help}" for each in found]
    at = next((each for each, text in zip(found, told, strict=True) if words in text), None)
    assert at is not None, told
    assert at.location is not None
    assert at.location.line == line


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    found = errors_of(tmp_path, '{"bilders": 1,\n"builders": [{"typ": "null"},\n5],\n"provisioners": {}}')
    assert [each.location.line for each in found if each.location] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("v.pkrvars.hcl", 'a = "y"\n', "no JSON"),
        ("v.json", '{"a": 5}', "a number"),
        ("v.json", '{"a": {"b": 1}}', "an object"),
        ("v.json", '{"a": ', "ends too early"),
        ("v.json", "[]", "This is an array"),
    ],
)
def test_files_of_variables(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    found = errors_of(tmp_path, {"variables": {"a": "x"}, "builders": [NULL]}, variable_files=[name])
    assert words in found[0].summary or words in found[0].detail or "never closed" in found[0].summary


def test_functions(tmp_path: Path) -> None:
    content = (
        "{{upper `x`}} {{split (user `l`) `,` 2}} {{replace `a` `b` 1 `aa`}} {{replace_all `a` `b` `aa`}} "
        "{{len (user `l`)}} {{if eq (user `l`) `a,b,c`}}eq{{end}} {{user `l` | upper}} {{template_dir}} {{pwd}}"
    )
    file = {"type": "file", "target": "o", "content": content}
    (build,) = plan_of(tmp_path, {"variables": {"l": "{{lower `A`}},b,c"}, "builders": [file]}).builds
    assert build.options["content"].value == f"X c ba bb 5 eq A,B,C {tmp_path} {tmp_path}"


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("{{env `HOME`}}", "variable"),
        ("{{vault `a` `b`}}", ""),
        ("{{uper `x`}}", "upper"),
        ("{{", ""),
        ("{{user `a`", ""),
    ],
)
def test_actions_that_cannot_stand_in_an_option(tmp_path: Path, text: str, help: str) -> None:
    (found,) = errors_of(tmp_path, {"builders": [{"type": "file", "target": "o", "content": text}]})
    assert "content" in found.summary
    assert help in found.help + found.detail


def test_a_server_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:1")
    monkeypatch.setenv("VAULT_TOKEN", "t")
    (found,) = errors_of(tmp_path, {"variables": {"s": "{{vault `secret/a` `b`}}"}, "builders": [NULL]})
    assert "vault" in found.detail
    assert found.location is not None


def test_a_long_chain_of_variables(tmp_path: Path) -> None:
    chain = {f"v{number:04}": f"{{{{user `v{number + 1:04}`}}}}" for number in range(2999)}
    plan = plan_of(tmp_path, {"variables": {**chain, "v2999": "end"}, "builders": [NULL]})
    assert plan.variables["v0000"] == "end"


def test_a_wrong_value_is_told_once(tmp_path: Path) -> None:
    file = {"type": "file", "target": "{{user `a`}}", "content": "{{user `b`}}"}
    template = {"variables": {"a": None, "b": "{{user `c`}}", "c": "{{user `b`}}"}, "builders": [file]}
    found = errors_of(tmp_path, template)
    assert [each.summary for each in found] == ['Variable "a" has no value', "These variables need each other"]
    assert found[1].detail == "b -> c -> b."


def test_syntax_only_asks_for_no_values(tmp_path: Path) -> None:
    write(tmp_path, {"variables": {"a": None}, "builders": [{"type": "unheard-of"}]})
    assert not check_syntax(request(tmp_path, "t.json"))


def test_keys_that_packer_passes_over(tmp_path: Path) -> None:
    plan_of(tmp_path, {"_comment": "x", "push": {"name": "y"}, "Builders": [NULL], "provisioners": None})
    plan_of(tmp_path, {"builders": [NULL], "provisioners": [local("x", override=[], only=[])]})


def test_standard_input(tmp_path: Path) -> None:
    text = json.dumps({"builders": [NULL]}).encode()
    asked = msgspec.structs.replace(request(tmp_path, "-"), stdin=text)
    assert [build.name for build in compile_plan(asked)[0].builds] == ["null"]
    assert check(msgspec.structs.replace(asked, config_type="json")) == []
    with pytest.raises(TemplateError, match="older kind"):
        check(msgspec.structs.replace(asked, config_type="hcl2"))


def test_no_line_with_a_secret_is_shown(tmp_path: Path) -> None:
    text = '{"variables": {"pw": "hunter22"}, "sensitive-variables": ["pw"], "bilders": []}'
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(TemplateError) as caught:
        check(request(tmp_path, "t.json"))
    assert "bilders" in str(caught.value) and "hunter22" not in str(caught.value)
