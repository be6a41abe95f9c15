"""The inside of an embedded machine: namespaces, mounts, and an agent that runs commands in them.

Everything here is also run by `python -I -S` in a process of its own and so imports the standard library only:

engine ── socket ── holder ── agent (PID 1 of the machine) ── supervisor of one command ── the command

The holder's life is tied to the socket: when the engine goes, even by SIGKILL, the holder kills the agent, and with
PID 1 the kernel kills whatever is left in the machine.
"""
