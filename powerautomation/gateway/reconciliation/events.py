"""What reconciliation announces."""

RECONCILED = "reconciliations.finished"
