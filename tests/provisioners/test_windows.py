"""What Packer takes is taken, what it refuses is refused, and nothing is run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bakehouse import registry
from bakehouse.errors import Diagnostic, StepError, TemplateError
from bakehouse.template.compile import check, compile_plan
from bakehouse.template.plan import Request
from support.context import make_context, make_machine

WINDOWS = ("powershell", "windows-shell", "windows-restart")
Checked = Callable[[str], list[Diagnostic]]


def request(directory: Path, type: str, options: str) -> Request:
    source = 'source "null" "x" {\n  communicator = "none"\n}\n'
    build = f'build {{\n  sources = ["null.x"]\n  provisioner "{type}" {{\n{options}\n  }}\n}}\n'
    (directory / "a.pkr.hcl").write_text(source + build)
    return Request(template="a.pkr.hcl", cwd=str(directory))


EVERY_OPTION = {
    "powershell": """
    inline = ["Get-Date"]
    environment_vars = ["A=1"]
    env = { B = "2" }
    env_var_format = "$env:%s=\\"%s\\"; "
    elevated_env_var_format = "$env:%s=\\"%s\\"; "
    valid_exit_codes = [0, 3010]
    binary = false
    remote_path = "c:/Windows/Temp/x.ps1"
    remote_env_var_path = "c:/Windows/Temp/vars.ps1"
    execute_command = "powershell {{.Vars}} {{.Path}}"
    elevated_execute_command = "powershell {{.Vars}} {{.Path}}"
    elevated_user = "Administrator"
    elevated_password = build.Password
    execution_policy = "RemoteSigned"
    debug_mode = 2
    use_pwsh = true
    skip_clean = true
    pause_after = "10s"
    start_retry_timeout = "1m"
""",
    "windows-shell": """
    inline = ["dir"]
    environment_vars = ["A=1"]
    env = { B = "2" }
    env_var_format = "set %s=%s && "
    valid_exit_codes = [0]
    binary = true
    remote_path = "c:/x.bat"
    execute_command = "{{.Vars}}{{.Path}}"
    start_retry_timeout = "1m"
""",
    "windows-restart": """
    restart_command = "shutdown /r"
    restart_check_command = "echo up"
    restart_timeout = "15m"
    check_registry = true
    registry_keys = ["HKLM:X"]
""",
}


@pytest.mark.parametrize("type", WINDOWS)
def test_every_option_is_known_and_only_a_build_is_refused(tmp_path: Path, type: str) -> None:
    asked = request(tmp_path, type, EVERY_OPTION[type])
    warnings = [each for each in check(asked) if each.summary == f'"{type}" cannot do this yet']
    assert [each.severity for each in warnings] == ["warning"]
    with pytest.raises(TemplateError) as refused:
        compile_plan(asked)
    (problem,) = refused.value.diagnostics
    assert problem.severity == "error" and "needs winrm" in problem.detail
    assert problem.location is not None and problem.location.line == 6


@pytest.mark.parametrize(
    "type, options, summary",
    [
        ("powershell", "", "No script to run"),
        ("powershell", "inline = []", "No script to run"),
        ("powershell", 'inline = ["x"]\nscript = "y.ps1"', '"inline" and "script" exclude each other'),
        ("powershell", 'script = "x.ps1"\nscripts = ["y.ps1"]', '"script" and "scripts" exclude each other'),
        ("powershell", 'script = "missing.ps1"', 'There is no script "missing.ps1"'),
        ("powershell", 'inline = ["x"]\nenvironment_vars = ["A"]', '"A" is not NAME=value'),
        ("powershell", 'inline = ["x"]\nelevated_password = "p"', "Whose password is it?"),
        ("powershell", 'inline = ["x"]\ndebug_mode = 9', "There is no debug mode 9"),
        ("powershell", 'inline = ["x"]\nexecution_policy = "bypas"', 'There is no execution policy "bypas"'),
        ("powershell", 'inlin = ["x"]', 'Unknown option "inlin"'),
        ("powershell", 'inline = ["x"]\nvalid_exit_codes = ["a"]', 'Wrong value for option "valid_exit_codes"'),
        ("windows-shell", "", "No script to run"),
        ("windows-shell", 'script = "missing.bat"', 'There is no script "missing.bat"'),
        ("windows-shell", 'inline = ["x"]\nelevated_user = "u"', 'Unknown option "elevated_user"'),
        ("windows-restart", 'restart_timeout = "later"', 'Wrong value for option "restart_timeout"'),
        ("windows-restart", 'check_registry = "maybe"', 'Wrong value for option "check_registry"'),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, type: str, options: str, summary: str) -> None:
    with pytest.raises(TemplateError) as refused:
        check(request(tmp_path, type, options))
    assert summary in [each.summary for each in refused.value.diagnostics if each.severity == "error"]


def test_windows_restart_needs_no_option(tmp_path: Path) -> None:
    assert not [each for each in check(request(tmp_path, "windows-restart", "")) if each.severity == "error"]


@pytest.mark.parametrize("type", WINDOWS)
async def test_none_is_run_by_another_way_either(tmp_path: Path, type: str) -> None:
    component = registry.load("provisioner", type)
    with pytest.raises(StepError, match="it needs winrm"):
        await component(component.Config()).provision(make_machine(make_context(tmp_path)))
