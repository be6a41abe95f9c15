"""`{{ .Name }}` in options."""

from __future__ import annotations

import pytest

from bakehouse.sdk import late
from bakehouse.sdk.go_template.errors import GoTemplateError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chmod +x {{ .Path }}; {{.Vars}} {{ .Path }}", "chmod +x /t/x; A=1 /t/x"),
        ("a  {{- .Path -}}  b", "a/t/xb".replace("a/", "a/")),
        ("a {{- .Path }} b", "a/t/x b"),
        ('{{ "{{" }} kept }}', "{{ kept }}"),
        ("{{`{{.ID}}`}}", "{{.ID}}"),
        ("x{{/* a comment */}}y", "xy"),
        ("no action }} here {", "no action }} here {"),
        ('{{ "}}" }}', "}}"),
    ],
)
def test_rendering(text: str, expected: str) -> None:
    assert late.render(text, {"Path": "/t/x", "Vars": "A=1"}) == expected


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("{{ user `x` }}", "user", "${var.x}"),
        ("{{user}}", "user", "${var.NAME}"),
        ("{{ build `ID` }}", "build", "${build.ID}"),
        ("{{ .Path", "has no end", '{{ "{{" }}'),
        ("{{}}", "nothing", "Write a value"),
        ("{{ uper `x` }}", "uper", 'Did you mean "upper"?'),
        ("{{ split `a` `,` 3 }}", "no part 3", ""),
    ],
)
def test_what_cannot_be_rendered(text: str, message: str, help: str) -> None:
    with pytest.raises(GoTemplateError) as caught:
        late.render(text, {"Path": "p"})
    assert message in str(caught.value)
    assert help in caught.value.help


def test_a_name_that_nobody_gives_has_no_value() -> None:
    assert late.literal("{{ .Path }} {{ .Path.Name }}") == "<no value> <no value>"
    assert late.strangers("{{ .Path }} {{ .Other }} {{ range $x := .More }}{{ $x }}{{ end }}", ("Path",)) == [
        "More",
        "Other",
    ]
    assert late.literal('a {{ "{{" }} b') == "a {{ b"


def test_a_value_is_not_rendered_again() -> None:
    assert late.render("{{ .Path }}", {"Path": "{{ .Path }}"}) == "{{ .Path }}"
