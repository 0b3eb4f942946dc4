"""Owns what was learned of deployments' own counts of tokens: kept in the database, shared by replicas."""

from powerautomation.gateway.token_ratios.entities import (
    ENOUGH_SAMPLES,
    LEAST_RATIO,
    MOST_DEPLOYMENTS,
    MOST_RATIO,
    LearnedRatio,
)
from powerautomation.gateway.token_ratios.service import RatioKeeper

__all__ = ["ENOUGH_SAMPLES", "LEAST_RATIO", "MOST_DEPLOYMENTS", "MOST_RATIO", "LearnedRatio", "RatioKeeper"]
