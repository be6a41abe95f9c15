"""bash: a DEBUG trap, set by a preamble in front of the first line after `#!`, so that no line number moves.

Every part of it is there because a script was seen to behave otherwise without it:
- the group with its errors thrown away hides our commands from the script's own `set -x`;
- the last argument, printed with `%.0s`, and the last `:` put `$_` back;
- `${x-}` throughout, for `set -u`; `builtin`, for functions of the script's own;
- `|| :` after the write, for `set -e` on a full disk; the `&&` at the end, for `set -e` where a command is skipped;
- `set -T` before `trap`, so that the trap does not tell of itself.
"""

from __future__ import annotations

from bakehouse.clients.script_trace.decide import split_first

LONGEST = 200
"""Characters of a command that the trace holds."""
FIELDS = ("time", "pid", "depth", "source", "line", "status", "pipe", "command", "rest")

_FORMAT = r"%s\37" * (len(FIELDS) - 1) + r"%.0s\0"
_BODY = (
    f'{{ builtin printf "{_FORMAT}" "${{EPOCHREALTIME-}}" "${{BASHPID-$$}}" "${{#BASH_LINENO[@]}}" "${{BASH_SOURCE-}}" '
    f'"$LINENO" "$?" "${{PIPESTATUS[*]-}}" "${{BASH_COMMAND:0:{LONGEST}}}" "${{_-}}" >>@D/t || : "${{_-}}"; '
    "[[ ! -e @D/armed ]] || { builtin declare -F __bh >/dev/null || "
    '{ IFS= builtin read -r -d "" __bh_s <@D/stop || :; builtin eval "${__bh_s-}"; builtin unset -v __bh_s; }; '
    '__bh "$LINENO" "${BASH_SOURCE-}" "${_-}"; } && : "${_-}"; } 2>/dev/null'
)

POLL = 0.05
_STOP = r"""__bh() {
  local a= c=continue l= n=0
  if [[ -n ${__bh_f-} ]] && shopt -q extdebug; then
    shopt -u extdebug; set -T; [[ $__bh_f != TE ]] || set -E; builtin unset -v __bh_f
  fi
  [[ $2 == "$0" ]] || return 0
  IFS= builtin read -r a <@D/armed || :
  [[ $a == all || " $a " == *" $1 "* ]] || return 0
  builtin printf 'stop\37%s\0' "${BASHPID-$$}" >>@D/t || return 0
  while [[ -e @D/armed ]]; do
    if [[ -s @D/go.${BASHPID-$$} ]]; then
      IFS= builtin read -r c <@D/go.${BASHPID-$$} || :
      builtin : >|@D/go.${BASHPID-$$}
      break
    fi
    @ALIVE
    builtin read -r -t @POLL a <>@D/ctl || :
  done
  [[ $c == skip ]] || return 0
  __bh_f=T; [[ ! -o errtrace ]] || __bh_f=TE
  shopt -s extdebug
  return 1
}
"""
_BY_PID = "[[ -d /proc/@PID ]] || break"
_BY_LEASE = (
    "a=; IFS= builtin read -r a <@D/alive || :; "
    'if [[ $a != "$l" ]]; then l=$a n=0; else (( ++n < @POLLS )) || break; fi'
)


def instrument(text: str, directory: str, *, xtrace: bool) -> str:
    """The script with its preamble. directory: where it writes; a word that needs no quotes.

    xtrace: the shell is started with `-x`, so the preamble cannot look for /dev/null without being seen.
    """
    head, rest = split_first(text)
    body = _BODY.replace("@D", directory)
    inner = f"{{ if [ -n \"${{BASH_VERSION-}}\" ]; then set -T; trap '{body}' DEBUG; fi; }} 2>/dev/null;"
    guarded = inner if xtrace else f"if [ -c /dev/null ]; then {inner} fi;"
    return f"{head}{guarded} {rest}"


def stop_file(directory: str, *, pid: int = 0, lease: float = 0.0) -> str:
    """What the trap reads where the script may have to stop.

    It waits for as long as somebody may answer: process `pid` lives, or `alive` was written anew within `lease`
    seconds.
    """
    alive = _BY_PID.replace("@PID", str(pid)) if pid else _BY_LEASE.replace("@POLLS", str(max(2, int(lease / POLL))))
    return _STOP.replace("@ALIVE", alive).replace("@POLL", str(POLL)).replace("@D", directory)
