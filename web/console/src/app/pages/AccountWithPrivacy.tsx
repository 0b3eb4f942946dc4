import { OwnPrivacy } from "~/features/identity/privacy/components/OwnPrivacy"
import { AccountPage } from "~/features/identity/sessions/pages/AccountPage"

/** Who one is here, and what is one's own to decide about what is kept. */
export function AccountWithPrivacy() {
  return (
    <>
      <AccountPage />
      <OwnPrivacy />
    </>
  )
}
