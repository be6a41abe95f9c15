"""Whether the commands of a script can be told one by one without changing what it does, and in which way.

Every refusal is a way in which a traced script was seen to differ from an untraced one.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Literal

Shell = Literal["bash", "sh"]
KNOWN: dict[str, Shell] = {"bash": "bash", "sh": "sh", "dash": "sh", "ash": "sh"}


@dataclass(frozen=True, slots=True)
class Decision:
    """shell: the family that runs the script, None if it cannot be followed; reason: why not, for people.

    xtrace: the shell shows its commands from the first on (`-x`).
    """

    shell: Shell | None
    reason: str = ""
    xtrace: bool = False


@dataclass(frozen=True, slots=True)
class _Refusal:
    pattern: re.Pattern[str]
    reason: str
    shells: tuple[Shell, ...] = ("bash", "sh")


def _refusal(pattern: str, reason: str, *shells: Shell) -> _Refusal:
    return _Refusal(re.compile(pattern, re.MULTILINE), reason, shells or ("bash", "sh"))


_START = r"(?:^|[;&|({`]|\b(?:then|do|else|command|builtin)\b)[ \t]*"
"""Where a command may begin, near enough: taking too much for one only leaves a script untraced."""
_PROGRAMS = re.compile(r"(?:ba|da|a|k|mk|z|c|tc|fi)?sh|python[\d.]*|perl|ruby|node|pwsh")
_END = r"[ \t]*(?:$|[;&|)}<>#`])"
_READERS = (r"cat|sed|tail|head|[mg]?awk|[ef]?grep|cut|sort|wc|dd|tr|base64|g?unzip|x?zcat|gzip|xz|tar|cksum|"
            r"(?:md5|sha\d+)sum|cmp|diff|cp|mv|install|ln|openssl|perl|python[\d.]*|exec|source")  # fmt: skip
_SELF = rf"<[ \t]*\"?\$(?:\{{?0\b|\{{?BASH_SOURCE)|\b(?:{_READERS})\b[^\n;|&()]*\$(?:\{{?0\b|\{{?BASH_SOURCE)"
_REFUSALS = (
    _refusal(_START + r"set[ \t]+(?:[^\n;|&]*[ \t])?-(?:[a-zA-Z]*v|o[ \t]+verbose)",
             "it uses set -v, which would show the trace's own text"),
    _refusal(r"\bBASH_XTRACEFD\b", "it sets BASH_XTRACEFD"),
    _refusal(_START + r"trap(?:[ \t]+-[pP]\b[^\n]*)?" + _END, "it lists its traps"),
    _refusal(_START + r"trap\b[^\n]*\bRETURN\b", "it has a RETURN trap, which would be run more often", "bash"),
    _refusal(r"\$-|\$\{-|\bSHELLOPTS\b", "it reads the shell's options", "bash"),
    _refusal(_START + r"set[ \t]+[-+]o" + _END, "it reads the shell's options", "bash"),
    _refusal(_START + r"(?:ulimit\b[^\n]*[ \t]-[a-zA-Z]*f)", "it limits the size of files with ulimit -f"),
    _refusal(r"\b(?:rm|mv|ln|mknod|mount|umount|cp)\b[^\n;|&<>]*[ \t][^ \t\n<>;|&]*/dev(?:/|/null)?(?=$|[\s;|&)])",
             "it replaces /dev/null"),
    _refusal(r"\bshopt\b[^\n;|&]*-[a-z]*[su][^\n;|&]*\bextdebug\b", "it sets extdebug", "bash"),
    _refusal(_START + r"set" + _END, "it lists its variables", "sh"),
    _refusal(_SELF, "it reads its own text"),
    _refusal(r"^[ \t]*(?:function[ \t]+)?(?:read|echo|command|return)[ \t]*\(\)",
             "it has a function named like a command that the trace needs", "sh"),
)  # fmt: skip


def decide(content: bytes, execute_command: str) -> Decision:
    """How the script is followed. execute_command: the rendered command line that runs it."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Decision(None, "it is not text in UTF-8")
    if "\0" in text:
        return Decision(None, "it is not text in UTF-8")
    words = _interpreter(text, execute_command)
    if isinstance(words, str):
        return Decision(None, words)
    name, options = words[0].rpartition("/")[2], words[1:]
    shell = KNOWN.get(name)
    if shell is None:
        return Decision(None, f"{name} runs it, and only bash and sh can be followed")
    letters = "".join(word[1:] for word in options if re.fullmatch(r"-[a-zA-Z]+", word))
    for letter, reason in (("v", "-v shows the text of the script"), ("r", "bash -r is a restricted shell")):
        if letter in letters:
            return Decision(None, reason)
    for refusal in _REFUSALS:
        if shell in refusal.shells and refusal.pattern.search(text):
            return Decision(None, refusal.reason)
    return Decision(shell, xtrace="x" in letters or "xtrace" in options)


def split_first(text: str) -> tuple[str, str]:
    """The line `#!...` with its end, "" if there is none, and the rest."""
    if not text.startswith("#!"):
        return "", text
    head, newline, rest = text.partition("\n")
    return head + newline, rest


def _interpreter(text: str, execute_command: str) -> list[str] | str:
    """The program that runs the script and its options; or why that cannot be told."""
    if re.search(r"\bchroot\b", execute_command):
        return "execute_command enters another root directory"
    explicit = _explicit(execute_command)
    if explicit is not None:
        return explicit
    head, _ = split_first(text)
    if not head:
        return ["/bin/sh"]
    words = head[2:].split()
    if words and words[0].rpartition("/")[2] == "env":
        words = [word for word in words[1:] if word != "-S" and "=" not in word]
    return words or "its first line names no shell"


def _explicit(execute_command: str) -> list[str] | None:
    """The interpreter that a command line gives the script to, as in `bash -eux '/tmp/script.sh'`; None for none.

    The script is the word that ends in SCRIPT_MARK.
    """
    try:
        words = shlex.split(execute_command.replace("'", " ").replace('"', " "))
    except ValueError:
        return None
    for number, word in enumerate(words):
        if not word.rstrip(";)").endswith(SCRIPT_MARK):
            continue
        options: list[str] = []
        for earlier in reversed(words[:number]):
            if earlier.startswith(("-", "+")) or words[number - 1 - len(options) - 1] in ("-o", "+o"):
                options.insert(0, earlier)
                continue
            name = earlier.rpartition("/")[2].lstrip("(")
            if name in (".", "source"):
                return ["another script, which reads it as its own,"]
            if _PROGRAMS.fullmatch(name) and "-c" not in options:
                return [name, *options]
            break
    return None


SCRIPT_MARK = "bakehouse-script-mark"
"""What stands for the script's path in the command line that `decide` looks at."""
