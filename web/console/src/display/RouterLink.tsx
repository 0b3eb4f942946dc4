import Button, { type ButtonProps } from "@mui/material/Button"
import Link, { type LinkProps } from "@mui/material/Link"
import { createLink } from "@tanstack/react-router"
import type { Ref } from "react"

function AnchorLink({ ref, ...props }: LinkProps & { ref?: Ref<HTMLAnchorElement> }) {
  return <Link ref={ref} {...props} />
}

function AnchorButton({ ref, ...props }: ButtonProps<"a"> & { ref?: Ref<HTMLAnchorElement> }) {
  return <Button ref={ref} component="a" {...props} />
}

/** A link to another page of the console. */
export const RouterLink = createLink(AnchorLink)

/** A button that leads to another page; still a link for keyboard, middle click and screen readers. */
export const RouterButton = createLink(AnchorButton)
