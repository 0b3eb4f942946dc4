import { ApiProblem, type PasskeyOptions } from "@powerautomation/api-client"

/** Return whether this browser can make passkeys and sign in with them. */
export function knowsPasskeys(): boolean {
  return (
    window.isSecureContext &&
    "PublicKeyCredential" in window &&
    "parseRequestOptionsFromJSON" in PublicKeyCredential
  )
}

/** Let the browser make a passkey; return it as the server takes it. */
export async function makePasskey({ options }: PasskeyOptions): Promise<string> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  )
  return given(navigator.credentials.create({ publicKey }))
}

/** Let the browser answer a challenge with a passkey; return the answer as the server takes it. */
export async function askForPasskey({ options }: PasskeyOptions): Promise<string> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  )
  return given(navigator.credentials.get({ publicKey }))
}

async function given(asked: Promise<Credential | null>): Promise<string> {
  const credential = await asked.catch(() => null)
  if (credential instanceof PublicKeyCredential) return JSON.stringify(credential.toJSON())
  throw new ApiProblem({
    status: 0,
    code: "passkey_cancelled",
    message: "The browser did not give a passkey.",
    action: "Try again; the request may have been cancelled or taken too long.",
  })
}
