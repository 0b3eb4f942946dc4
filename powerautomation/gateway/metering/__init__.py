"""Owns what requests cost: prices, the journal that no crash empties, the ledger, and what was saved."""

from powerautomation.gateway.metering.billing_sql import sum_billed
from powerautomation.gateway.metering.cache_sql import sum_cache
from powerautomation.gateway.metering.entities import AttemptRecord, Price, RequestRecord
from powerautomation.gateway.metering.errors import JournalFull, RangeInvalid, RequestNotFound
from powerautomation.gateway.metering.flusher import JournalFlusher
from powerautomation.gateway.metering.journal import Journal
from powerautomation.gateway.metering.price_alarm import PriceAlarm
from powerautomation.gateway.metering.price_import import import_prices, load_imported_tables
from powerautomation.gateway.metering.prices import PriceTable, load_price_table, plain_model
from powerautomation.gateway.metering.rates import ExchangeRates, Rate, stated_rates
from powerautomation.gateway.metering.reasons import (
    adapted_part,
    answered_part,
    continued_part,
    failed_part,
    not_continued_part,
    parse_reason,
    reason_part,
    reason_sentence,
    screened_part,
    why_not,
)
from powerautomation.gateway.metering.repository import count_attempts, has_requests, list_organizations_with_usage
from powerautomation.gateway.metering.routes import router
from powerautomation.gateway.metering.rules import (
    band_name,
    band_of,
    cache_discount_nanos,
    cost_nanos,
    price_at,
    prompt_tokens_of,
    savings_nanos,
    sum_costs,
    tier_held,
)
from powerautomation.gateway.metering.service import check_request, summary_of
from powerautomation.gateway.metering.spent import KeyUsage, unsummed_by_key, usage_by_key
from powerautomation.gateway.metering.splits_sql import count_splits, list_split_requests
from powerautomation.gateway.metering.unpriced_sql import UnpricedModel, list_unpriced_models

__all__ = [
    "AttemptRecord", "ExchangeRates", "Journal", "JournalFlusher", "JournalFull", "KeyUsage", "Price", "PriceAlarm",
    "PriceTable", "RangeInvalid", "Rate", "RequestNotFound", "RequestRecord", "UnpricedModel", "adapted_part",
    "answered_part", "band_name", "band_of", "cache_discount_nanos", "check_request", "continued_part", "cost_nanos",
    "count_attempts", "count_splits", "failed_part", "has_requests", "import_prices", "list_organizations_with_usage",
    "list_split_requests", "list_unpriced_models", "load_imported_tables", "load_price_table", "not_continued_part",
    "parse_reason", "plain_model", "price_at", "prompt_tokens_of", "reason_part", "reason_sentence", "router",
    "savings_nanos", "screened_part", "stated_rates", "sum_billed", "sum_cache", "sum_costs", "summary_of",
    "tier_held", "unsummed_by_key", "usage_by_key", "why_not",
]  # fmt: skip
