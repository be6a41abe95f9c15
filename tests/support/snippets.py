"""Small files, `¶` for a newline, that HCL accepts and refuses: for comparing with Go, and to mutate."""

from __future__ import annotations

VALID = r"""
a = {a.b = 1}
a = {a[0] = 1}
a = a::b()
a = <<-EOT¶ x¶ EOT
a = [1¶,2¶]
for = 1
a = for
a = [for for in in : if if for]
a = (¶1¶+¶2¶)
a = x.1e3
a = x.*.0
a = x.01
a = x. 0
a = x . * . b
a = x[ * ]
a = x[ /* c */ * ].y
a = true(1)
a = null()
a = {true = 1, null = 2}
a = "$$${1}"
a = "$$$${1}"
a = "$$"
a = "%%%{1}"
a = "$${}"
a = "%%{"
a = "$%{if true}x%{endif}"
a = "%${1}"
a = <<-E¶   a¶¶     b¶  ${1}c¶  E¶
a = <<-E¶   a ${1 ~}¶     b¶  E¶
a = <<-E¶¶  ¶   a¶  E¶
a = <<E¶a\n$${x}%%{y}¶E  ¶
a = <<E¶  E¶
a = <<E¶E¶
a = <<_x¶a¶_x¶
a = <<é¶a¶é¶
a = <<a-b¶a¶a-b¶
a = [<<E¶x¶E¶, 2]
a = "a" # c
a = "é"
a = "e\u0301"
é = 1
a = é-x
a = (1 # c¶)
a = <<-E¶  %{if true}¶  x¶  %{endif}¶  E¶
a = <<-E¶  %{~if true~}¶  x¶  %{~endif~}¶  E¶
a = "${1}"
a = " ${~ 1 ~} "
a = "${"${1}"}"
a = <<E¶${1}¶E¶
a = <<E¶${1 ~}¶E¶
a = 007
a = 1e3
a = 1E+3
a = 1.5e-3
a = 1.0
a = -1
a = - 1
a = 1-1
a = 100000000000000000000000000
a = "a${"b"}c"
a = "\t\r\n\\\""
a = "a$b%c"
a = "${ 1 ¶ }"
a = {¶¶a = 1¶¶¶b = 2,¶c : 3¶}
a = {a = 1,¶¶b = 2}
a = {(a) = 1}
a = {"a${1}" = 2}
a = {a ? b : c = 1}
a = {a = b ? c : d}
a { b = { c = 1¶ d = 2 } }
a { b = 1 } # c
a {}
a {# c¶}
a { /* x¶ */ b = 1 }
a = 1 /* ¶ */
/* x */ a = 1
a = /* x */ 1
a "b" c "d" {}
a = f(¶1,¶2,¶)
a = f(¶1¶,2¶)
a = [¶1,¶2,¶]
a = f(x...)
a = f(x ...)
a = f(x¶...)
a = (a¶? b¶: c)
a = x [0]
a = x .y
a = (x¶.y)
a = {for k, v in a : k => v...¶ if true}
a = {for¶ k,¶ v in¶ a : k => v}
a = {¶# c¶for x in y : x => x}
a = [¶for x in y : x]
a = !a == b
a = -a + b
a = a == b == c
a = a && b || c
a = a.b.c[0]["x"].d
a = "x".y
a = [1].0
a = {a=1}.a
a = f().x[0]
a = (1).x
a = 1.x
a = a[*][*].b.*.c
a = a.for
a = a.true
a = a.if.in
a = if
a = in
in "x" {}
true = 1
null {}
a = tru
a = x-y
a = x - y
a = x -y
a-b = 1
_a = 1
a =1
a= "x"
a="x"
a = !  !x
a = 1 == 1 ? 2 : 3
a=b?c:d
a=b?c:d::e()
a = a::b::c::d()
a = a:: b()
a = 1 //c
a = 1 # c
# only
//
/**/
a = "/* x */"
a = "${/* x */ 1}"
a = "${1 # c¶}"
a = 1¶¶¶b=2
"""

INVALID = r"""
a = [1,¶¶
a = [1¶
a = {¶¶
a = { b = 1¶
a = (1¶¶
a = x[1¶¶
a = x[¶
a = foo(¶¶1,¶¶
a = foo(1¶b = 2
a = "x
a = "x¶b = 1
a = "x ${foo(}"
a = "${x y}"
a = "${x"¶b = 2
a = "${"¶
a = "%{if}x%{endif}"
a = "%{foo}x"
a = "%{if x y}x%{endif}"
a = "%{for x}%{endfor}"
a = "%{else}"
a = "%{endif}"
a = "%{if x}a%{else}b%{else}c%{endif}"
a = <<EOT
a = << EOT¶EOT¶
a = <<"EOT"¶EOT¶
a = <<EOT x¶EOT¶
a = <<EOT¶ x¶ EOT x¶
a = <<EOT¶${x¶EOT¶
a = 1 ? 2
a = 1 ? 2 :
a = { b 1 }
a = { b = 1 c = 2 }
a = { b = 1¶ , c = 2 }
a = { b =¶ 1 }
a = [1 2]
a = [1,,2]
a = (1]
a = (1 2)
a = [for x in y x]
a = [for x : y]
a = [for x in y : ]
a = {for x in y : x}
a = {for k, x in y : k => x if}
a = {for k, x in y : k => x y}
a = a.
a = a.¶b = 2
a = a..b
a = a[0 1]
a = a.*.b.*.c
a = 1 +
a = + 1
a = 1 ** 2
a = 1 === 2
a = 1 & 2
a = 1; b = 2
a = 'x'
a = `x`
a = “x”
a b
a "b" = 1
a =
a = }
a = ]
}
{
"a" = 1
a.b = 1
a: 1
a { b = 1 c = 2 }
a { b {} }
a { b = 1¶}
a { ¶ b = 1 }
a {} b {}
a = 1 }
a {¶ b = 1¶¶
a {¶ b {¶ }¶
a "${x}" {}
a "x${ {}
a "b¶{}
a 1 {}
a = "\u12"
a = "\U00110000"
a = "\q"
a "\q" {}
a = 1.2.3
a = 1..2
a = 1.
a = 1e
a = 0x10
a = f(1,,2)
a = f(1 2)
a = f(x..., y)
a = f(x...,)
a = f(...)
a = {1}
a = { "a" }
a = { = 1 }
a = {,}
a = ¶¶ 1
a = a::b
a = -
a = !
a = "a" "b"
a = a b
a =1 b
a = 1, b = 2
a =/* x
b {¶ a = 1¶ a = 2¶ a = 3¶}
a = 1 /* x */ b = 2
a = a ? b ? c : d
a = [for]
a = [for x in [1,2] : if x]
a = [*]
a = x[*]]
a = x[*]y
a = x.1.2.3
a = x.0x
a = x.*y
a = x.1.5e3
a = x.*.0.1
a = x.*.b.0.1.c
a = x[*].0.1
a = x.0.1
a = "\${1}"
a = "x\${1}"
a = <<1a¶a¶1a¶
a = [<<E¶x¶E, 2]
a = <<E¶x¶E # c¶
a = "\ud800"
a = {a = 1,,b = 2}
a = {a = 1¶¶,}
a { b = <<E¶x¶E¶}
a "b"¶{}
a = f¶(1)
a = a¶? b : c
a = a ? ¶ b : c
a = x¶[0]
a = {¶for = 1}
-a = 1
"""

# What mutation puts in: the tokens of the language, whole and broken.
PIECES = (
    list("{}[]()\"=,:.?!-+*/%<>&|~#\n $@\\'0159eéa_")
    + ["${", "%{", "~}", "${~", "if ", "for ", " in ", "else", "endif", "endfor", "%{if x}", "%{endif}", "...", "=>"]
    + ["<<E\n", "<<-E\n", "\nE\n", "==", "::", "[*]", ".*", "\r\n", "/*", "*/", "//", "$${", "%%{", "\\u00e9", '\\"']
    + ["\\n", "null", "true", "b = 1\n", "{\n", "}\n", "  ", ".0", '"x"']
)


def snippets(table: str) -> list[str]:
    """The files of a table."""
    return [line.replace("¶", "\n") + "\n" for line in table.split("\n") if line]
