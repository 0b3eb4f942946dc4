"""Owns gateway keys: made once, shown once, stored as HMAC, revoked at any time.

A key is ``pa_`` and 40 more characters (240 random bits). The data plane holds the HMACs of all live keys in memory and
looks a request's key up by its HMAC.
"""

from powerautomation.identity.api_keys.entities import DOORS, MODELS, ApiKey, ApiKeyRecord, CreatedApiKey
from powerautomation.identity.api_keys.errors import ApiKeyInvalid, ApiKeyNotFound, KeyAboveYours, TooManyApiKeys
from powerautomation.identity.api_keys.routes import api_key_answer, check_new_key, router
from powerautomation.identity.api_keys.rules import hmac_of
from powerautomation.identity.api_keys.schemas import ApiKeyAnswer, ApiKeyBody, CreatedApiKeyAnswer
from powerautomation.identity.api_keys.service import (
    check_service_account,
    count_live_keys_of,
    create_api_key,
    gateway_hmac_secret,
    has_api_keys,
    list_api_keys,
    list_key_ids,
    load_key_records,
    revoke_api_key,
    revoke_keys_of,
    rotate_api_key,
    touch_keys,
)

__all__ = [
    "DOORS",
    "MODELS",
    "ApiKey",
    "ApiKeyAnswer",
    "ApiKeyBody",
    "ApiKeyInvalid",
    "ApiKeyNotFound",
    "ApiKeyRecord",
    "CreatedApiKey",
    "CreatedApiKeyAnswer",
    "KeyAboveYours",
    "TooManyApiKeys",
    "api_key_answer",
    "check_new_key",
    "check_service_account",
    "count_live_keys_of",
    "create_api_key",
    "gateway_hmac_secret",
    "has_api_keys",
    "hmac_of",
    "list_api_keys",
    "list_key_ids",
    "load_key_records",
    "revoke_api_key",
    "revoke_keys_of",
    "rotate_api_key",
    "router",
    "touch_keys",
]
