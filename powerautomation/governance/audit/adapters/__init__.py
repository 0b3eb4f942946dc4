"""Outside systems that are told of the audit log."""
