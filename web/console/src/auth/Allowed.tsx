import type { ReactNode } from "react"
import { useMay } from "./session"

/** Shows something only to who has a permission; the server decides in any case. */
export function Allowed({ permission, children }: { permission: string; children: ReactNode }) {
  return useMay()(permission) ? children : null
}
