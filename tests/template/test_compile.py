"""From text to Plan: builds, steps, keys, options."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bakehouse.errors import TemplateError
from bakehouse.sdk.config import UNKNOWN
from bakehouse.template.compile import check, compile_plan
from bakehouse.template.late import arguments
from bakehouse.template.plan import BuildPlan, Plan
from bakehouse.template.reading import check_syntax
from support.templates import NULL, build_of, errors_of, plan_of, request, warnings_of, write

THREE = """
source "null" "a" { communicator = "none" }
source "null" "b" { communicator = "none" }
build {
  name    = "bb"
  sources = ["source.null.a", "null.b"]
  source "sources.null.a" {
    name = "local"
  }
  %s
}
"""


def test_a_plan_survives_being_written(tmp_path: Path) -> None:
    plan = plan_of(
        tmp_path, NULL + 'build {\n sources = ["null.x"]\n provisioner "shell-local" { inline = ["true"] }\n}'
    )
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan


def test_builds_are_named_as_packer_names_them(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, THREE % "")
    assert [(build.key, build.name, build.source_name, build.local_name) for build in plan.builds] == [
        ("001-a", "bb.null.a", "a", "a"),
        ("002-b", "bb.null.b", "b", "b"),
        ("003-local", "bb.null.local", "a", "local"),
    ]


@pytest.mark.parametrize(
    ("name", "key"),
    [("a/b", "001-a-b"), ("..", "001-build"), ("x" * 300, "001-" + "x" * 40), ("é ß", "001-build"), (".h", "001-h")],
)
def test_any_name_gives_a_key_that_is_safe_as_a_file_name(tmp_path: Path, name: str, key: str) -> None:
    build = build_of(tmp_path, NULL + f'build {{\n  source "null.x" {{\n    name = "{name}"\n  }}\n}}\n')
    assert build.key == key
    assert build.local_name == name


def test_an_empty_name_is_refused(tmp_path: Path) -> None:
    errors = errors_of(tmp_path, NULL + 'build {\n  source "null.x" {\n    name = ""\n  }\n}\n')
    assert "must be a string that is not empty" in errors[0].summary


def test_two_builds_of_one_name_are_two(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, NULL + 'build {\n  sources = ["null.x", "null.x"]\n}\n')
    assert [build.name for build in plan.builds] == ["null.x", "null.x"]
    assert [build.key for build in plan.builds] == ["001-x", "002-x"]


def steps(build: BuildPlan) -> list[tuple[int, str, str]]:
    return [(step.number, step.key, step.title) for step in build.steps]


def test_every_step_has_a_key_a_number_and_a_title(tmp_path: Path) -> None:
    (tmp_path / "setup.sh").write_text("true\n")
    text = """
build {
  name    = "bb"
  sources = ["null.x"]
  provisioner "shell-local" {
    inline = ["# say it", "echo one"]
  }
  provisioner "shell-local" {
    inline = ["echo one"]
  }
  provisioner "shell-local" {
    name   = "named"
    script = "setup.sh"
  }
  provisioner "shell-local" {
    script = "setup.sh"
  }
  error-cleanup-provisioner "shell-local" {
    inline = ["echo clean"]
  }
  post-processor "manifest" {
  }
  post-processors {
    post-processor "shell-local" {
      inline = ["echo ${build.ID}"]
    }
    post-processor "manifest" {
      keep_input_artifact = true
    }
  }
}
"""
    build = build_of(tmp_path, NULL + text)
    assert steps(build) == [
        (1, "bb/provisioner:shell-local#1", "echo one"),
        (2, "bb/provisioner:shell-local#2", "echo one"),
        (3, "bb/provisioner:shell-local.named#1", "named"),
        (4, "bb/provisioner:shell-local#3", "setup.sh"),
        (5, "bb/post-processor:manifest#1", "manifest"),
        (6, "bb/post-processor:shell-local#1", "echo ${build.ID}"),
        (7, "bb/post-processor:manifest#2", "manifest"),
    ]
    assert [(step.chain, step.link, step.keep_input) for step in build.steps[4:]] == [
        (0, 0, None),
        (1, 0, None),
        (1, 1, True),
    ]
    assert build.cleanup is not None
    assert build.cleanup.key == "bb/cleanup:shell-local#1"
    assert build.steps[2].script == str(tmp_path / "setup.sh")


def test_the_digest_tells_equal_steps_from_changed_ones(tmp_path: Path) -> None:
    text = NULL + 'build {\n sources = ["null.x"]\n%s}\n'
    step = ' provisioner "shell-local" {\n  inline = ["%s"]\n }\n'
    one = build_of(tmp_path, text % (step % "a ${build.ID}" + step % "b"))
    two = build_of(tmp_path, text % (step % "b" + step % "a ${build.ID}" + step % "c"))
    assert [each.digest for each in one.steps] == [two.steps[1].digest, two.steps[0].digest]
    assert len({each.digest for each in two.steps}) == 3


def test_a_builders_own_steps_stand_around_the_provisioners(tmp_path: Path) -> None:
    text = 'source "file" "f" {\n  content = "x"\n  target = "out.txt"\n}\n'
    text += 'build {\n  sources = ["file.f"]\n  provisioner "shell-local" { inline = ["true"] }\n}\n'
    build = build_of(tmp_path, text)
    kinds = [step.kind for step in build.steps]
    assert "provisioner" in kinds
    assert [kind for kind in kinds if kind != "provisioner"] != []
    assert len({step.key for step in build.steps}) == len(build.steps)
    assert all(step.type == "" and step.title for step in build.steps if step.kind in ("machine", "artifact"))


def test_what_needs_the_machine_is_evaluated_late(tmp_path: Path) -> None:
    text = """
variable "pw" { default = "hunter2" }
variable "other" { default = "never in the plan" }
build {
  name    = "bb"
  sources = ["null.x"]
  provisioner "shell-local" {
    inline = [
      "echo ${var.pw} ${build.name} ${source.name} ${path.root}",
      <<-EOT
        on ${build.Host} of
        ${build.ID}
      EOT
      , upper("${build.PackerHTTPAddr}"),
    ]
    env = { NAME = build.name }
  }
}
"""
    step = build_of(tmp_path, NULL + text).steps[0]
    late = step.options["inline"].late
    assert late is not None
    assert "never in the plan" not in msgspec.json.encode(step).decode()
    assert step.options["env"].value == {"NAME": "bb"}
    assert arguments(step.options, None)["inline"].value == ["echo hunter2 bb x .", UNKNOWN, UNKNOWN]
    given = arguments(step.options, {"ID": "abc", "Host": "h"})
    assert given["inline"].value == [
        "echo hunter2 bb x .",
        "on h of\nabc\n",
        "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER",
    ]
    assert given["inline"].location is not None
    assert given["inline"].location.line == 11


def test_words_in_braces_are_put_into_what_is_known_only_late(tmp_path: Path) -> None:
    text = 'build {\n  source "null.x" {\n    name = "local"\n  }\n  provisioner "shell-local" {\n'
    text += '    inline = ["{{ build_name }} {{build_type}} ${build.ID}", "{{ upper build_name }}"]\n  }\n}\n'
    step = build_of(tmp_path, NULL + text).steps[0]
    given = arguments(step.options, {"ID": "abc"})["inline"].value
    assert given == ['{{ "x" }} {{"null"}} abc', '{{ upper "x" }}']


def test_a_late_mistake_is_told_at_its_place(tmp_path: Path) -> None:
    text = NULL + 'build {\n  sources = ["null.x"]\n  provisioner "shell-local" {\n'
    step = build_of(tmp_path, text + "    inline = [[1, 2][length(build.ID)]]\n  }\n}\n").steps[0]
    with pytest.raises(TemplateError) as caught:
        arguments(step.options, {"ID": "abc"})
    where = caught.value.diagnostics[0].location
    assert where is not None
    assert (where.file, where.line) == ("a.pkr.hcl", 7)
    assert where.column > 14


def test_build_cannot_be_used_in_a_source(tmp_path: Path) -> None:
    text = 'source "file" "f" {\n  content = build.ID\n  target = "x"\n}\nbuild {\n  sources = ["file.f"]\n}\n'
    errors = errors_of(tmp_path, text)
    assert errors[0].location is not None and errors[0].location.line == 2
    assert not any("Missing option" in error.summary for error in errors)


def test_only_except_and_override_choose_by_the_local_name(tmp_path: Path) -> None:
    text = """
  provisioner "shell-local" {
    only   = ["null.a"]
    inline = ["only a"]
  }
  provisioner "shell-local" {
    except = ["null.a"]
    inline = ["except a"]
  }
  provisioner "shell-local" {
    only   = ["null.*"]
    inline = ["a pattern is none here"]
  }
  provisioner "shell-local" {
    inline   = ["all"]
    override = {
      local = { inline = ["overridden"] }
    }
  }
  post-processor "manifest" {
    only = ["null.b"]
  }
"""
    plan = plan_of(tmp_path, THREE % text)
    assert [[step.title for step in build.steps] for build in plan.builds] == [
        ["only a", "all"],
        ["except a", "all", "manifest"],
        ["except a", "overridden"],
    ]


def test_settings_of_a_provisioner(tmp_path: Path) -> None:
    text = """
build {
  sources = ["null.x"]
  provisioner "shell-local" {
    inline            = ["true"]
    timeout           = "1m30s"
    max_retries       = 2
    continue_on_error = true
  }
  provisioner "shell-local" {
    inline       = ["true"]
    timeout      = "5s"
    pause_before = "10s"
  }
}
"""
    first, second = build_of(tmp_path, NULL + text).steps
    assert (first.timeout, first.max_retries, first.continue_on_error, first.pause_before) == (90.0, 2, True, 0.0)
    assert (second.timeout, second.pause_before) == (0.0, 10.0), "as in Packer, a pause cancels the timeout"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("max_retries = -1", "must be a whole number"),
        ("max_retries = 1.5", "must be a whole number"),
        ('max_retries = "two"', 'Wrong value for "max_retries"'),
        ('timeout = "1 second"', 'Wrong value for "timeout"'),
        ('only = "null.x"', 'Wrong value for "only"'),
        ('only = ["a"]\n    except = ["b"]', "exclude each other"),
        ('override = "x"', "must be an object of objects"),
        ("override = { x = { nonsense = 1 } }", 'Unknown option "nonsense"'),
        ('continue_on_error = "maybe"', 'Wrong value for "continue_on_error"'),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, option: str, message: str) -> None:
    step = f'provisioner "shell-local" {{\n    inline = ["true"]\n    {option}\n  }}'
    text = f'build {{\n  sources = ["null.x"]\n  {step}\n}}\n'
    assert message in errors_of(tmp_path, NULL + text)[0].summary


def test_dynamic_blocks(tmp_path: Path) -> None:
    text = """
locals {
  sizes = { big = "L", small = "S" }
}
source "null" "base" { communicator = "none" }
build {
  dynamic "source" {
    for_each = local.sizes
    labels   = ["null.base"]
    content {
      name = source.key
    }
  }
  dynamic "provisioner" {
    for_each = ["one", "two"]
    iterator = step
    labels   = ["shell-local"]
    content {
      name   = "s-${step.value}"
      inline = ["echo ${step.key} ${source.name} ${build.ID}"]
    }
  }
}
"""
    plan = plan_of(tmp_path, text)
    assert [build.name for build in plan.builds] == ["null.big", "null.small"]
    assert [step.name for step in plan.builds[0].steps] == ["s-one", "s-two"]
    values = arguments(plan.builds[1].steps[1].options, {"ID": "i"})
    assert values["inline"].value == ["echo 1 small i"]


def test_only_and_except_choose_builds_by_pattern(tmp_path: Path) -> None:
    def names(**rest: list[str]) -> list[str]:
        return [build.name for build in plan_of(tmp_path, THREE % "", **rest).builds]

    assert names(only=["bb.*"]) == ["bb.null.a", "bb.null.b", "bb.null.local"]
    assert names(only=["*.{a,b}"]) == ["bb.null.a", "bb.null.b"]
    assert names(only=["*.?"], exclude=["*a"]) == ["bb.null.b"]
    assert names(exclude=["*.null.[!ab]*"]) == ["bb.null.a", "bb.null.b"]
    warnings = warnings_of(tmp_path, THREE % "", only=["*.a", "*.none"])
    assert [each.summary for each in warnings] == ['-only "*.none" matches no build']


def test_except_on_a_post_processor_ends_its_chain(tmp_path: Path) -> None:
    text = """
build {
  sources = ["null.x"]
  post-processors {
    post-processor "manifest" { }
    post-processor "shell-local" {
      name   = "pack"
      inline = ["true"]
    }
    post-processor "manifest" { }
  }
  post-processor "manifest" { }
}
"""
    build = build_of(tmp_path, NULL + text, exclude=["pack"])
    assert [(step.type, step.chain) for step in build.steps] == [("manifest", 0), ("manifest", 1)]
    assert build_of(tmp_path, NULL + text, exclude=["manifest"]).steps == []


def test_validate_does_not_mind_a_selection_of_nothing(tmp_path: Path) -> None:
    write(tmp_path, a_hcl=NULL + 'build {\n  sources = ["null.x"]\n}\n')
    assert [each.severity for each in check(request(tmp_path, only=["no"]))] == ["warning"]
    with pytest.raises(TemplateError, match="No builds to run"):
        compile_plan(request(tmp_path, only=["no"]))


def test_a_source_inside_a_build_adds_options(tmp_path: Path) -> None:
    text = 'source "file" "f" {\n  content = "for ${source.name}"\n}\n'
    text += 'build {\n  source "file.f" {\n    name   = "one"\n    target = "${source.name}.txt"\n  }\n}\n'
    build = build_of(tmp_path, text)
    assert {name: option.value for name, option in build.options.items()} == {
        "content": "for one",
        "target": "one.txt",
    }


def test_a_mistake_in_a_shared_block_is_told_once(tmp_path: Path) -> None:
    errors = errors_of(tmp_path, THREE % 'provisioner "shell-local" {\n    inlin = []\n  }')
    assert len(errors) == 1


def test_hcp_packer_registry_is_ignored_with_a_warning(tmp_path: Path) -> None:
    text = 'hcp_packer_registry {\n  bucket_name = "xyz"\n}\n' + NULL
    text += 'build {\n  sources = ["null.x"]\n  hcp_packer_registry {\n  }\n}\n'
    warnings = warnings_of(tmp_path, text)
    assert [each.summary for each in warnings] == ["hcp_packer_registry is ignored"] * 2


def test_syntax_only_asks_for_little(tmp_path: Path) -> None:
    write(tmp_path, a_hcl='variable "x" {\n}\nsource "no-such" "y" {\n}\nlocals {\n  a = local.a\n}\n')
    assert check_syntax(request(tmp_path)) == []
    with pytest.raises(TemplateError):
        check(request(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("banana {\n}\n", 'Unknown block "banana"'),
        ('varable "x" {\n}\n', 'Did you mean "variable"?'),
        ("x = 1\n", "cannot stand outside a block"),
        ("variable {\n}\n", "has no name"),
        ('source "null" {\n}\n', "has no name"),
        ('source "null" "x" "y" {\n}\n', "a label too many"),
        ('locals "x" {\n}\n', "a label too many"),
        ("locals {\n  a {\n  }\n}\n", 'Unknown block "a"'),
        (NULL + "build {\n}\n", "has no source"),
        (NULL + "build {\n  sources = []\n}\n", "has no source"),
        (NULL + 'build {\n  sources = ["x"]\n}\n', "does not refer to a source"),
        (NULL + 'build {\n  sources = ["null.x"]\n  prov "x" {\n  }\n}\n', 'Unknown block "prov"'),
        (NULL + 'build {\n  sources = ["null.x"]\n  sauces = []\n}\n', 'Unknown option "sauces"'),
        (
            NULL
            + 'build {\n  sources = ["null.x"]\n'
            + '  error-cleanup-provisioner "shell-local" {\n    inline = ["x"]\n  }\n' * 2
            + "}\n",
            "one error-cleanup-provisioner at most",
        ),
        (
            NULL + 'build {\n  sources = ["null.x"]\n  post-processors {\n    provisioner "x" {\n    }\n  }\n}\n',
            "Unknown",
        ),
        (
            NULL
            + 'build {\n  sources = ["null.x"]\n'
            + '  provisioner "shell-local" {\n    inline = ["x"]\n    env {\n    }\n  }\n}\n',
            'Wrong value for option "env"',
        ),
    ],
)
def test_blocks_that_cannot_be(tmp_path: Path, text: str, message: str) -> None:
    errors = errors_of(tmp_path, text)
    assert any(message in error.render() for error in errors)
    assert all(error.location is not None for error in errors)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("only = [null]", 'Null in "only"'),
        ('only = ["${build.ID}"]', '"only" is not known in time'),
        ("timeout = build.ID", '"timeout" is not known in time'),
        ("override = { x = { inline = [build.ID] } }", '"override" is not known in time'),
    ],
)
def test_settings_are_known_and_not_null(tmp_path: Path, line: str, message: str) -> None:
    step = f'provisioner "shell-local" {{\n    inline = ["true"]\n    {line}\n  }}'
    errors = errors_of(tmp_path, NULL + f'build {{\n  sources = ["null.x"]\n  {step}\n}}\n')
    assert [error.summary for error in errors] == [message]


def test_null_is_as_if_not_given(tmp_path: Path) -> None:
    lines = "\n    ".join(f"{name} = null" for name in ("name", "only", "override", "timeout", "max_retries", "env"))
    step = f'provisioner "shell-local" {{\n    inline = ["true"]\n    {lines}\n  }}'
    build = build_of(tmp_path, NULL + f'build {{\n  name    = null\n  sources = ["null.x"]\n  {step}\n}}\n')
    assert [step.title for step in build.steps] == ["true"]


def test_any_number_survives_being_written(tmp_path: Path) -> None:
    numbers = "env = { A = 123456789012345678901234567890, B = 1.5, C = -5 }"
    step = f'provisioner "shell-local" {{\n    inline = ["x"]\n    {numbers}\n  }}'
    plan = plan_of(tmp_path, NULL + f'build {{\n  sources = ["null.x"]\n  {step}\n}}\n')
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
