"""Which database an address means."""

from pathlib import Path

import pytest

from powerautomation.infrastructure.database import database_url_of, is_sqlite
from powerautomation.infrastructure.settings import Settings
from powerautomation.kernel.errors import StartRefused


def test_without_an_address_the_database_is_a_file_in_the_data_folder() -> None:
    url = database_url_of(Settings(data_dir=Path("/srv/p a%20")))

    assert is_sqlite(url)
    assert url.database == "/srv/p a%20/powerautomation.db"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_common_spelling_of_postgresql_is_understood(scheme: str) -> None:
    url = database_url_of(Settings(database_url=f"{scheme}://u:p%40ss@db.example:5433/pa?sslmode=require"))

    assert url.drivername == "postgresql+psycopg"
    assert (url.password, url.host, url.port, url.database) == ("p@ss", "db.example", 5433, "pa")
    assert not is_sqlite(url)


@pytest.mark.parametrize(
    "address",
    ["mysql://u:hidden-pw@h/d", "hidden-pw", "sqlite://", "sqlite:///:memory:", "postgresql://u:hidden-pw@h:x/d"],
)
def test_another_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(StartRefused) as caught:
        database_url_of(Settings(database_url=address))

    assert "hidden-pw" not in caught.value.message + caught.value.action
    assert "postgresql://" in caught.value.action
