"""`fix`: each outdated use becomes what it is now, and nothing else changes."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.template.upgrade.fixers.order import FIXERS, fix, fixable
from bakehouse.template.upgrade.go_json import render

BUILDERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("iso-md5", {"type": "x", "iso_md5": "a"}, {"type": "x", "iso_checksum": "md5:a"}),
    ("createtime", {"type": "x", "n": ["{{ .CreateTime }}"]}, {"type": "x", "n": ["{{timestamp}}"]}),
    (
        "virtualbox-gaattach",
        {"type": "virtualbox-iso", "guest_additions_attach": True},
        {"type": "virtualbox-iso", "guest_additions_mode": "attach"},
    ),
    (
        "virtualbox-gaattach",
        {"type": "virtualbox-iso", "guest_additions_attach": False},
        {"type": "virtualbox-iso", "guest_additions_mode": "upload"},
    ),
    ("parallels-headless", {"type": "parallels-pvm", "headless": True}, {"type": "parallels-pvm"}),
    ("sshkeypath", {"type": "x", "ssh_key_path": "a"}, {"type": "x", "ssh_private_key_file": "a"}),
    ("scaleway-access-key", {"type": "scaleway", "access_key": "a"}, {"type": "scaleway", "organization_id": "a"}),
    (
        "amazon-private-ip",
        {"type": "amazon-ebs", "ssh_private_ip": "false"},
        {"type": "amazon-ebs", "ssh_interface": "public_ip"},
    ),
    (
        "vmware-compaction",
        {"type": "vmware-iso", "remote_type": "esx5"},
        {"type": "vmware-iso", "remote_type": "esx5", "disk_type_id": "zeroedthick", "skip_compaction": True},
    ),
    ("qemu-disk-size", {"type": "qemu", "disk_size": 40000}, {"type": "qemu", "disk_size": "40000M"}),
    ("qemu-disk-size", {"type": "qemu", "disk_size": "5"}, {"type": "qemu", "disk_size": "5M"}),
    ("ssh-wait-timeout", {"type": "x", "ssh_wait_timeout": "a"}, {"type": "x", "ssh_timeout": "a"}),
    (
        "vsphere-iso-net-disk",
        {"type": "vsphere-iso", "disk_size": 1, "storage": [{"disk_size": 2}]},
        {"type": "vsphere-iso", "storage": [{"disk_size": 1}, {"disk_size": 2}]},
    ),
    (
        "iso-checksum-type-and-url",
        {"type": "x", "iso_checksum": "a", "iso_checksum_url": "u", "iso_checksum_type": "sha1"},
        {"type": "x", "iso_checksum": "file:u"},
    ),
    (
        "iso-checksum-type-and-url",
        {"type": "x", "iso_checksum": "a", "iso_checksum_type": "sha1"},
        {"type": "x", "iso_checksum": "sha1:a"},
    ),
    (
        "iso-checksum-type-and-url",
        {"type": "x", "iso_checksum": "a", "iso_checksum_type": "none"},
        {"type": "x", "iso_checksum": "none"},
    ),
    (
        "azure-exclude_from_latest",
        {"type": "azure-arm", "s": {"exlude_from_latest": True}},
        {"type": "azure-arm", "s": {"exclude_from_latest": True}},
    ),
]


@pytest.mark.parametrize(("name", "old", "new"), BUILDERS)
def test_a_builder(name: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    assert fix({"builders": [old]}) == {"builders": [new]}
    assert name in fixable({"builders": [old]})


def test_names_that_stand_are_not_overwritten() -> None:
    builder = {"type": "x", "ssh_wait_timeout": "old", "ssh_timeout": "new"}
    assert fix({"builders": [builder]})["builders"] == [{"type": "x", "ssh_timeout": "new"}]


def test_vagrant_overrides_are_gathered() -> None:
    given = {"post-processors": [[{"type": "vagrant", "aws": {"a": 1}, "output": "o"}]]}
    assert fix(given) == {"post-processors": [[{"type": "vagrant", "output": "o", "override": {"aws": {"a": 1}}}]]}


@pytest.mark.parametrize(("old", "new"), [("virtualbox", "virtualbox-iso"), ("proxmox", "proxmox-iso")])
def test_what_names_a_builder_follows_its_type(old: str, new: str) -> None:
    template = {
        "builders": [{"type": old}],
        "provisioners": [{"type": "shell", "only": [old, "x"], "override": {old: {"a": 1}}}],
        "error-cleanup-provisioner": {"type": "shell", "except": [old]},
    }
    assert fix(template) == {
        "builders": [{"type": new}],
        "provisioners": [{"type": "shell", "only": [new, "x"], "override": {new: {"a": 1}}}],
        "error-cleanup-provisioner": {"type": "shell", "except": [new]},
    }
    named: Any = copy.deepcopy(template)
    named["builders"][0]["name"] = old
    assert fix(named)["provisioners"] == named["provisioners"]


def test_a_backtick_escapes_once() -> None:
    given = {"provisioners": [{"type": "powershell", "environment_vars": ["A=``$b", "B=`n"]}]}
    assert fix(given)["provisioners"][0]["environment_vars"] == ["A=`$b", "B=`n"]


def test_what_is_up_to_date_needs_nothing() -> None:
    assert fixable({"builders": [{"type": "null", "communicator": "none"}], "variables": {"a": None}}) == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_NAMES = sorted({key for _, old, _ in BUILDERS for key in old if key != "type"} | {"override", "only", "tag", "aws"})
_TYPES = sorted({old["type"] for _, old, _ in BUILDERS} | {"virtualbox", "vmware", "docker-tag", "vagrant"})
_BLOCK = _JSON | st.fixed_dictionaries({"type": st.sampled_from(_TYPES) | _JSON}, optional=dict.fromkeys(_NAMES, _JSON))
_SECTION = _JSON | st.lists(_BLOCK | st.lists(_BLOCK, max_size=2), max_size=3)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["builders", "provisioners", "post-processors", "error-cleanup-provisioner", "x"]), _SECTION
    )
)
def test_any_json_is_fixed_once_and_for_all(template: dict[str, Any]) -> None:
    before = copy.deepcopy(template)
    fixed = fix(template)
    assert template == before
    assert fix(fixed) == fixed
    assert (fixable(template) == []) or set(fixable(template)) <= set(FIXERS)
    assert fixed.keys() == template.keys()


@given(_JSON | st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_printed_is_the_same_json(value: Any) -> None:
    again = json.loads(render(value))
    assert again == value or render(again) == render(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1.50, "1.5"),
        (1e3, "1000"),
        (12345678901234567890, "12345678901234567000"),
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (0.000001, "0.000001"),
        (-0.0, "-0"),
        (True, "true"),
        ("<&>\u2028\ud800", '"<\\u0026>\\u2028\ufffd"'),
    ],
)
def test_numbers_and_texts_are_shown_as_go_shows_them(value: Any, shown: str) -> None:
    assert render(value) == shown
