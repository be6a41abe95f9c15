"""Templates as Go writes them: text with actions in {{ }} (Go's text/template)."""
