"""The fixers of `fix`, one family of components a file. Each brings one outdated use up to date, and changes nothing
else: it takes the template as JSON has it and changes it in place. What has not the type that is expected is left as
it is: the check of the template says what is wrong with it.

Source of what is outdated, and of the new names: Packer's documentation of `fix` and the plugins' change logs.
"""
