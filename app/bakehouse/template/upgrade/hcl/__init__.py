"""From a legacy JSON template to HCL. What becomes of what: Packer's documentation of `hcl2_upgrade`."""
