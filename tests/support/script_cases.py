"""Scripts that notice more than others: what a trace must not change. The names say what was once found different."""

from __future__ import annotations

from dataclasses import dataclass

BASH, SH = ("bash",), ("dash", "busybox ash")
ALL = (*BASH, "bash --posix", *SH)


@dataclass(frozen=True)
class Case:
    """command: how it is run; `{shell}` and `{path}`. refused: a part of the reason why it is not followed."""

    name: str
    script: str
    shells: tuple[str, ...] = ALL
    command: str = "{shell} {path}"
    refused: str = ""


CASES = [
    Case("set -e ends it in the middle", "set -e\necho one\nfalse\necho two\n"),
    Case("-eux on the first line", "#!/bin/bash -eux\necho one\nx=2\necho $x; (echo sub)\nfalse\n", BASH, "{path}"),
    Case("sh -eux", "echo one\nx=2\nif [ $x = 2 ]; then echo two; fi\nfalse\n", ALL, "{shell} -eux {path}"),
    Case("set -u on its first line", "set -u\necho one\nf() { echo $#; }\nf a b\necho ${nothing}\n"),
    Case("a failure in a function left of ||", "set -e\nf() { false; echo in f; }\nf || echo failed\nf && echo ok\n"),
    Case("PIPESTATUS after a pipe", "false | true | (exit 3)\necho ${PIPESTATUS[*]} $?\n", BASH),
    Case("the status of a subshell", "(exit 9)\necho $?\n(exit 8) || echo $?\n"),
    Case("the last argument", "mkdir -p d/e && cd $_ && pwd | sed 's/.*d/d/'\necho a b c\necho $_\n", BASH),
    Case("an EXIT trap", "trap 'echo bye $? $LINENO' EXIT\necho one\nfalse\nexit 4\n", BASH),
    Case("an EXIT trap of sh", "trap 'echo bye $?' EXIT\necho one\nfalse\nexit 4\n"),
    Case("an ERR trap", "trap 'echo failed $? $LINENO' ERR\nf() { false; }\nfalse\nf\n(false)\ntrue\n", BASH),
    Case("an ERR trap with -E", "set -E\ntrap 'echo failed $? $LINENO' ERR\nf() { false; }\nf\n(false)\n", BASH),
    Case("an ERR trap with -Ee", "set -Ee\ntrap 'echo failed $? $LINENO' ERR\nf() { false; }\nf\n", BASH),
    Case("a RETURN trap", "f() { trap 'echo back' RETURN; g; }\ng() { :; }\nf\n", BASH, refused="RETURN"),
    Case("its own DEBUG trap", "echo one\ntrap 'echo debug' DEBUG\necho two\n", BASH),
    Case("trap -p", "trap 'echo bye' EXIT\ntrap -p\n", BASH, refused="lists its traps"),
    Case("trap alone", "trap 'echo bye' EXIT\ntrap\n", ALL, refused="lists its traps"),
    Case("set -x and another stderr", "set -x\nexec 2>log\necho one\nf() { echo two; }\nf\ncat log\n", BASH),
    Case("set -x into a variable", 'set -x\nf() { echo two; }\nv=$(f 2>&1)\nset +x\necho "$v"\n'),
    Case("the place of the script", 'cd "$(dirname "$0")" && basename "$0"\n'),
    Case("a copy of itself", 'cp "$0" copy\ncat copy\n', ALL, refused="its own text"),
    Case(
        "errors of a function elsewhere",
        "set -x\nf() { echo two; }\n{ f; } 2>&1 | grep -v cat\n{ echo three; } 2>log\ncat log\n",
        SH,
    ),
    Case(
        "IFS",
        "IFS=,\nset -- a,b\necho $1 $#\nv='1,2,3'\nfor i in $v; do echo $i; done\nread a b <<E\nx,y\nE\necho $b\n",
    ),
    Case("IFS without a here-document", "IFS=,\nv='1,2,3'\nfor i in $v; do echo $i; done\nIFS=\necho $v\n"),
    Case("noclobber", "set -C\necho one >f\necho two >f || echo kept\ncat f\n"),
    Case("a function printf", 'printf() { echo mine "$@"; }\nprintf a\nf() { printf b; }\nf\n'),
    Case("a function read", "read() { echo mine; }\nread a\necho $a\n", BASH),
    Case("a function read in sh", "read() { echo mine; }\nread a\necho $a\n", SH, refused="function named like"),
    Case("all descriptors closed", "exec 0<&- 3>&-\necho one\nexec 1>&- 2>&-\necho two\n"),
    Case("exec", "echo one\nexec echo two\necho three\n"),
    Case("exec of nothing", "echo one\nexec /nonexistent\necho three\n"),
    Case("source and return", "echo 'echo in; return 2; echo no' >lib\n. ./lib\necho $?\n"),
    Case("a return at the top", "echo one\nreturn 3\necho two\n", BASH),
    Case("background and wait -n", "trap 'echo child' CHLD\nset -m\nsleep 0.1 &\nwait -n\necho $?\n", BASH),
    Case("background and wait", "sh -c 'exit 3' &\nwait $!\necho $?\n{ echo b; exit 2; } &\nwait $! || echo $?\n"),
    Case("coproc", "coproc C { cat; }\necho one >&${C[1]}\nread -r l <&${C[0]}\necho $l\ncat <(echo two)\n", BASH),
    Case("a syntax error in the middle", "echo one\nif true; then\necho two\nfi fi\necho three\n", BASH),
    Case("data behind its text", 'tail -n +4 "$0"\nexit\ndata\nmore data\n', ALL, refused="its own text"),
    Case("kill -9", "echo one\nkill -9 $$\n"),
    Case(
        "a pipe into a here-document", "cat <<E |\nbody\nE\nsed s/b/B/\necho end\n", SH, refused="no script by itself"
    ),
    Case("here-documents", "cat <<E\nbody $HOME_\nE\nif true; then\ncat <<-'E'\n\t$x\n\tE\nfi\necho $?\n"),
    Case("two here-documents on a line", "cat <<A; cat <<B\none\nA\ntwo\nB\necho end\n", SH, refused="not understood"),
    Case(
        "a condition of many parts", "if false || ! true; then echo a; elif test -z ''; then echo b; else echo c; fi\n"
    ),
    Case(
        "while, until, case",
        "i=0\nwhile [ $i -lt 3 ]; do\n i=$((i+1)); case $i in 2) continue;; *) echo $i;; esac\ndone\n"
        "until [ $i = 0 ]; do i=$((i-1)); done; echo $i\n",
    ),
    Case("one line for all", "f() { echo $1; return 2; }; f x; echo $?; for i in a b; do echo $i; done; { echo c; }\n"),
    Case(
        "a status kept over a block",
        "false\nif true; then echo $?; fi\nfalse\nfor i in 1; do echo $?; done\nf() { echo $?; }\n(exit 3)\nf\n",
    ),
    Case("continued lines", "echo one \\\n  two \\\n  three\nx='a\nb'\necho \"$x\"\n"),
    Case("yes and head", "yes | head -n 1\necho $?\n"),
    Case("a long argument", "x=$(head -c 200000 /dev/zero | tr '\\0' a)\necho ${#x}\ntrue $x\necho $?\n", BASH),
    Case("set -v", "set -v\necho one\n", ALL, refused="set -v"),
    Case("-v", "echo one\n", ALL, "{shell} -v {path}", refused="-v shows"),
    Case("BASH_XTRACEFD", "exec 7>x\nBASH_XTRACEFD=7\nset -x\necho one\ncat x\n", ALL, refused="BASH_XTRACEFD"),
    Case("the shell's options", "echo $-\n", BASH, refused="options"),
    Case("set -o", "set +o | head -n 1\n", BASH, refused="options"),
    Case("ulimit -f", "ulimit -f 100\necho one\n", ALL, refused="ulimit -f"),
    Case("a restricted bash", "echo one\n", BASH, "{shell} -r {path}", refused="restricted"),
    Case("a variable of ours in set", "set | grep -c bh_\n", SH, refused="variables"),
    Case("no first line", "echo $0 | sed 's:.*/::'\n", SH, "{path}"),
    Case("env -i", "echo one\nfalse\necho $?\n", ALL, "env -i PATH=/usr/bin:/bin {shell} {path}"),
    Case("another user", "#!/bin/bash\nid -u\nfalse\necho $?\n", BASH, "su nobody -s /bin/sh -c {path}"),
    Case("a shell by env", "#!/usr/bin/env bash\necho ${BASH_VERSION:+yes}\nfalse\n", BASH, "{path}"),
]
