"""Bringing old templates up to date: `fix` (JSON to newer JSON) and `hcl2_upgrade` (JSON to HCL)."""
