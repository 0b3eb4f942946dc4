import { KeyLimits } from "~/features/gateway/limits/components/KeyLimits"
import { NewKeyLimits } from "~/features/gateway/limits/components/NewKeyLimits"
import { ApiKeysPage } from "~/features/identity/api_keys/pages/ApiKeysPage"

/** The gateway's keys, each with its limits: two features that do not know each other meet here. */
export function ApiKeysWithLimits() {
  return (
    <ApiKeysPage
      limitsOf={(key) => <KeyLimits keyId={key.id} name={key.name} />}
      limitFields={(onChange) => <NewKeyLimits onChange={onChange} />}
    />
  )
}
