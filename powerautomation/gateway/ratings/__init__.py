"""Owns what people and programs think of answers: one rating per request and rater."""

from powerautomation.gateway.ratings.repository import list_scores, rating_counts
from powerautomation.gateway.ratings.routes import router
from powerautomation.gateway.ratings.service import RatingDesk

__all__ = ["RatingDesk", "list_scores", "rating_counts", "router"]
