"""Plain output of a run: lines as Packer prints them, or JSON. Never imports textual."""
