"""A process of its own that writes a journal until it is killed, and says of each record when it was acknowledged.

Arguments: the journal's folder and a prefix for request ids.
"""

import itertools
import os
import sys
from pathlib import Path

from powerautomation.gateway.metering import Journal
from tests.unit.gateway.metering.records import attempt_of, record_of


def main() -> None:
    journal = Journal(Path(sys.argv[1]), rotate_bytes=60_000)
    for number in itertools.count():
        request_id = f"req_{sys.argv[2]}_{number:06d}"
        journal.append(record_of(request_id, attempts=[attempt_of()] * (1 + number % 3)))
        # Unbuffered, as the last byte of an answer: what is written here, somebody was told.
        os.write(1, request_id.encode() + b"\n")


if __name__ == "__main__":
    main()
