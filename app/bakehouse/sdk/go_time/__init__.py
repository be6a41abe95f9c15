"""Times as Go writes them, for functions of templates and of the texts in their options."""
