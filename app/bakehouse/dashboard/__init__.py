"""The dashboard: a client of a run's session that draws it on a terminal.

Textual reads TEXTUAL_FPS when it is imported: at its default of 60 a key waits up to twice as long to be drawn.
"""

import os

os.environ.setdefault("TEXTUAL_FPS", "120")
