"""Column types both databases share."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import postgresql, sqlite

from powerautomation.infrastructure.database import UtcDateTime

MOMENT = datetime(2026, 11, 21, 4, 5, 6, 123456, tzinfo=timezone(timedelta(hours=8)))


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.dialect()])
def test_a_moment_comes_back_as_the_same_moment_in_utc(dialect: sqlite.dialect) -> None:
    kind = UtcDateTime()

    stored = kind.process_bind_param(MOMENT, dialect)
    back = kind.process_result_value(stored, dialect)

    assert back == MOMENT
    assert back is not None
    assert back.tzinfo is UTC
