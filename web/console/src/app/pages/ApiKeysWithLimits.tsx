import { useMay } from "~/auth/session"
import { KeyLimits } from "~/features/gateway/limits/components/KeyLimits"
import { NewKeyLimits } from "~/features/gateway/limits/components/NewKeyLimits"
import { ApiKeysPage } from "~/features/identity/api_keys/pages/ApiKeysPage"

/** The gateway's keys, each with its limits: two features that do not know each other meet here. */
export function ApiKeysWithLimits() {
  const may = useMay()
  return (
    <ApiKeysPage
      limitsOf={(key) => may("limits:read") && <KeyLimits keyId={key.id} name={key.name} />}
      limitFields={may("limits:write") ? (onChange) => <NewKeyLimits onChange={onChange} /> : undefined}
    />
  )
}
