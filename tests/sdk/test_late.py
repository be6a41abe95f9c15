"""`{{ .Name }}` in options."""

from __future__ import annotations

import pytest

from bakehouse.sdk import late


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
        ("{{ .Other }}", "{{ .Other }}", "{{ .Path }}"),
        ("{{ user `x` }}", "{{ user `x` }}", "${var.x}"),
        ("{{user}}", "{{ user }}", "${var.NAME}"),
        ("{{ timestamp }}", "timestamp", "regex_replace"),
        ("{{ .Path", "has no end", "{{ .Path }}"),
        ("{{}}", "not possible", "{{ .Path }}"),
        ("{{ if .Path }}x{{ end }}", "if .Path", "{{ .Path }}"),
    ],
)
def test_what_cannot_be_rendered(text: str, message: str, help: str) -> None:
    with pytest.raises(late.BadAction) as caught:
        late.render(text, {"Path": "p"})
    assert message in str(caught.value)
    assert help in caught.value.help


def test_an_option_without_names_says_that_nothing_is_possible() -> None:
    with pytest.raises(late.BadAction) as caught:
        late.literal("{{ .Path }}")
    assert "no {{ }} is possible" in caught.value.help
    assert late.literal('a {{ "{{" }} b') == "a {{ b"


def test_a_value_is_not_rendered_again() -> None:
    assert late.render("{{ .Path }}", {"Path": "{{ .Path }}"}) == "{{ .Path }}"
