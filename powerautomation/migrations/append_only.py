"""The table of audit events: the database itself refuses to change or remove rows, whoever asks by our connection, but
those at the beginning of a chain that ``audit_heads.removed_until`` says were let go."""

from alembic import op

_WORDS = "rows of audit_events are never changed or removed"


def guard_audit_events() -> None:
    """Add the triggers to the tables of the present revision. What a released revision calls here never changes."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events "
            f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        )
        op.execute(
            "CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events WHEN NOT EXISTS (SELECT 1 FROM "  # noqa: S608 - our words
            "audit_heads WHERE organization_id = OLD.organization_id AND OLD.sequence <= removed_until) "
            f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_change_of_audit_events() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'insufficient_privilege'; END $$"
    )
    op.execute(
        "CREATE FUNCTION guard_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608 - our words
        # A key of a table that is divided by the moment would have to hold it: numbers are kept single here.
        "IF TG_OP = 'INSERT' THEN "
        "IF NEW.sequence <= (SELECT sequence FROM audit_heads WHERE organization_id = NEW.organization_id) THEN "
        "RAISE EXCEPTION 'an audit event of this number exists' USING ERRCODE = 'unique_violation'; END IF; "
        "RETURN NEW; END IF; "
        "IF EXISTS (SELECT 1 FROM audit_heads WHERE organization_id = OLD.organization_id "
        "AND OLD.sequence <= removed_until) THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'insufficient_privilege'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_events_guarded BEFORE INSERT OR DELETE ON audit_events "
        "FOR EACH ROW EXECUTE FUNCTION guard_audit_events()"
    )
    op.execute(
        "CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_events()"
    )
    # What no month's table is there for: an event is never refused because a table is missing.
    op.execute("CREATE TABLE audit_events_other PARTITION OF audit_events DEFAULT")
    op.execute(
        "CREATE TRIGGER audit_events_other_append_only BEFORE UPDATE OR TRUNCATE ON audit_events_other "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_events()"
    )
