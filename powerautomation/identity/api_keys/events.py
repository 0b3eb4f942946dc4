"""Facts this domain announces; the data plane reads its keys anew when it hears one."""

API_KEY_CREATED = "api_keys.created"
API_KEY_ROTATED = "api_keys.rotated"
API_KEY_REVOKED = "api_keys.revoked"
API_KEY_SHARED = "api_keys.shared"
