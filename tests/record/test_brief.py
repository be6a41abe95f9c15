"""What a build left, in a few words."""

from __future__ import annotations

import pytest

from bakehouse.record.brief import result, si, template_name
from bakehouse.record.events import ArtifactMade, BuildInfo
from bakehouse.record.state import BuildState

DIGEST = "sha256:" + "9b1f04ce" * 8


@pytest.mark.parametrize(
    ("artifacts", "words"),
    [
        ([], ("no artifact", "")),
        ([ArtifactMade("x", "", "d", ["out/a.tar", "sums"], {"size": 1_167_360})], ("out/a.tar", "1.2 MB")),
        ([ArtifactMade("x", "", "d", ["out/a.tar"])], ("out/a.tar", "")),
        ([ArtifactMade("docker", DIGEST, "d", [], {"docker_tags": ["web:1", "web:2"]})], ("web:2 sha256:9b1f04ce", "")),
        ([ArtifactMade("docker", DIGEST, "d")], ("sha256:9b1f04ce", "")),
        ([ArtifactMade("fnoeding.null", "Null", "Did not export\nanything.")], ("Did not export", "")),
    ],
)
def test_words(artifacts: list[ArtifactMade], words: tuple[str, str]) -> None:
    assert result(BuildState(BuildInfo("001-a", "a", "null", []), artifacts=artifacts)) == words


@pytest.mark.parametrize(
    ("template", "name"),
    [("app.pkr.hcl", "app.pkr.hcl"), ("images/web/", "web"), (".", "here"), ("./", "here"), ("/", "here")],
)
def test_the_name_of_a_template(template: str, name: str) -> None:
    assert template_name(template, "/is/here") == name


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (41_200_000, "41.2 MB"), (1_500_000_000, "1.5 GB")]
)
def test_sizes_are_si(size: int, text: str) -> None:
    assert si(size) == text
