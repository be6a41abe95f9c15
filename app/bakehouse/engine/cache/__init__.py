"""Checkpoints that outlive their run: where they are listed, who may take one away, what a step was when it last ran."""
