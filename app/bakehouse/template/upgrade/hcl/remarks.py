"""What the file says of itself, in comments: with `-with-annotations`, and where a person has to look at something."""

from __future__ import annotations

HEADER = """\
# Made from a legacy JSON template by `bakehouse hcl2_upgrade`. Read it through before you use it.
#
# Blocks may stand in any order, and in other files of this directory whose names end in .pkr.hcl: variables in a
# variables.pkr.hcl, for example. `bakehouse inspect .` then shows what all the files make together.
#
# What stands in {{ }} is rendered after HCL is evaluated, by the builder or provisioner itself. It knows no
# variables, and an expression in ${ } knows nothing of it."""
VARIABLES = """\
# Variables get their values from -var, from -var-file or from PKR_VAR_NAME in the environment. In JSON all of them
# are text; here a type can be said, such as number or list(string)."""
LOCALS = """\
# Locals are worked out from other values; unlike variables they cannot be set from outside."""
TIMESTAMP = "# In place of {{timestamp}}: the time of the build, in digits."
DATA = """\
# In place of source_ami_filter: a data source looks for the image before the builds begin."""
SOURCES = "# A source says how one machine is made. A build takes it by TYPE.NAME."
BUILD = "# A build starts machines from its sources, runs the provisioners in them, and then the post-processors."
LEGACY = {
    "isotime": "# legacy_isotime is there for old templates; formatdate(layout, timestamp()) is what new ones use.",
    "strftime": "# legacy_strftime is there for old templates; formatdate(layout, timestamp()) is what new ones use.",
}
