"""Facts this domain announces. The data plane reads its limits anew when it hears of a change."""

LIMIT_CREATED = "limits.created"
LIMIT_UPDATED = "limits.updated"
LIMIT_DELETED = "limits.deleted"
LIMIT_RESTORED = "limits.restored"
# A calendar budget reached one of its thresholds: once for each threshold and period.
LIMIT_WARNED = "limits.warned"
