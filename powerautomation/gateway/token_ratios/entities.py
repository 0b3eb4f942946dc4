"""What is learned of a deployment, and its bounds."""

from typing import NamedTuple

LEAST_RATIO, MOST_RATIO = 0.5, 2.0
# From this many on a ratio is settled: more are not counted.
ENOUGH_SAMPLES = 20
MOST_DEPLOYMENTS = 10_000


class LearnedRatio(NamedTuple):
    """Tokens a deployment counted over tokens counted here, from that many ``samples``. ``organization_id`` is empty
    for the deployments of the configuration, which all organizations share."""

    organization_id: str
    deployment: str
    value: float
    samples: int
