"""Checkpoints that outlive their run: where they are listed, how they go, what each step was when it last ran."""
