"""Dockerfile instructions for an image's configuration."""

from __future__ import annotations

from typing import Any

import pytest

from bakehouse.clients.oci_changes import ChangeError, apply_changes


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ('CMD ["nginx", "-g", "daemon off;"]', {"Cmd": ["nginx", "-g", "daemon off;"]}),
        ("CMD nginx -g 'daemon off;'", {"Cmd": ["/bin/sh", "-c", "nginx -g 'daemon off;'"]}),
        ("cmd [not json", {"Cmd": ["/bin/sh", "-c", "[not json"]}),
        ('ENTRYPOINT ["/run"]', {"Entrypoint": ["/run"]}),
        ('ENV A=1 B=\'two words\' C="x \\"y\\"" D=a\\ b', {"Env": ["A=1", "B=two words", 'C=x "y"', "D=a b"]}),
        ("ENV KEY the rest of it", {"Env": ["KEY=the rest of it"]}),
        ("ENV EMPTY=", {"Env": ["EMPTY="]}),
        ('LABEL a.b=c "d e"=f', {"Labels": {"a.b": "c", "d e": "f"}}),
        (
            "EXPOSE 80 443/udp 9000-9001",
            {"ExposedPorts": {"80/tcp": {}, "443/udp": {}, "9000/tcp": {}, "9001/tcp": {}}},
        ),
        ("USER app:staff", {"User": "app:staff"}),
        ('VOLUME ["/data", "/log dir"]', {"Volumes": {"/data": {}, "/log dir": {}}}),
        ("VOLUME /data /log", {"Volumes": {"/data": {}, "/log": {}}}),
        ("WORKDIR /srv/../app", {"WorkingDir": "/app"}),
        ("  WORKDIR   relative", {"WorkingDir": "/relative"}),
    ],
)
def test_one_instruction(change: str, expected: dict[str, Any]) -> None:
    assert apply_changes({}, [change]) == expected


def test_they_add_up_on_the_base() -> None:
    base = {"Env": ["PATH=/bin", "A=0"], "Cmd": ["sh"], "Labels": {"x": "1"}, "WorkingDir": "/srv", "User": "app"}
    changes = ["ENV A=1", "ENV B=2", "LABEL y=2", "WORKDIR app", 'ENTRYPOINT ["/e"]']
    assert apply_changes(base, changes) == {
        "Env": ["PATH=/bin", "A=1", "B=2"],
        "Labels": {"x": "1", "y": "2"},
        "WorkingDir": "/srv/app",
        "User": "app",
        "Entrypoint": ["/e"],
    }
    assert base["Env"] == ["PATH=/bin", "A=0"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("RUN ls", '"RUN" is not an instruction that changes can hold; they are CMD, ENTRYPOINT, ENV'),
        ("", '"" is not an instruction'),
        ("CMD", "CMD needs an argument"),
        ("ENV KEY", "ENV KEY has no value: write ENV KEY=..."),
        ("ENV A=1 B", 'ENV: "B" is not KEY=VALUE'),
        ("EXPOSE http", 'EXPOSE: "http" is not PORT, PORT-PORT or PORT/PROTOCOL'),
        ("EXPOSE 70000", 'EXPOSE: "70000" is not a port'),
        ("USER a b", "USER takes one argument"),
    ],
)
def test_what_cannot_be_is_told(change: str, message: str) -> None:
    with pytest.raises(ChangeError) as caught:
        apply_changes({}, [change])
    assert message in str(caught.value)
