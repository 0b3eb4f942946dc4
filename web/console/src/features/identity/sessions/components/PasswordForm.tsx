import Box from "@mui/material/Box"
import Button from "@mui/material/Button"
import TextField from "@mui/material/TextField"
import { ApiProblem, type User } from "@powerautomation/api-client"
import { SafeForm } from "@powerautomation/design"
import { useMutation } from "@tanstack/react-query"
import { type ReactNode, useState } from "react"
import { useTranslation } from "react-i18next"
import { keepSession } from "~/auth/session"
import { ProblemPanel, useDescribedProblem } from "~/feedback"
import { api } from "~/server"

const MINIMUM_LENGTH = 12

interface PasswordFormProps {
  user: User
  /** Also ask for name and e-mail, when an account is claimed for the first time. */
  withIdentity?: boolean
  submitLabel: string
  onSaved: () => void
  secondary?: ReactNode
}

/** Sets a password: the first one, or a new one after the present one. */
export function PasswordForm({
  user,
  withIdentity = false,
  submitLabel,
  onSaved,
  secondary,
}: PasswordFormProps) {
  const { t } = useTranslation("sessions")
  const [email, setEmail] = useState(
    withIdentity && /@(localhost|example\.|.*\.local)/.test(user.email) ? "" : user.email,
  )
  const [name, setName] = useState(user.name)
  const [current, setCurrent] = useState("")
  const [password, setPassword] = useState("")
  const [left, setLeft] = useState(false)
  const save = useMutation({
    mutationFn: () =>
      api.session.setPassword({
        new_password: password,
        ...(withIdentity && { email: email.trim() || undefined, name: name.trim() || undefined }),
        ...(user.has_password && { current_password: current }),
      }),
    onSuccess: (session) => {
      keepSession(session)
      setCurrent("")
      setPassword("")
      setLeft(false)
      onSaved()
    },
  })
  const problem = useDescribedProblem(save.error)
  const fields = save.error instanceof ApiProblem ? save.error.fields : {}
  // A refusal of one field stands at that field, in the person's language.
  const faultOf = (field: string) =>
    fields[field] ? `${problem.message} ${problem.action}`.trim() : undefined
  const marked = ["email", "name", "current_password", "new_password"].some((field) => fields[field])
  const tooShort = left && password.length > 0 && password.length < MINIMUM_LENGTH
  const ready =
    password.length >= MINIMUM_LENGTH &&
    (!user.has_password || current) &&
    (!withIdentity || email.includes("@"))
  return (
    <SafeForm onSubmit={() => ready && save.mutate()} sx={{ display: "grid", gap: 2 }}>
      {save.error && !marked && <ProblemPanel error={save.error} />}
      {withIdentity && (
        <>
          <TextField
            label={t("email")}
            type="email"
            autoComplete="username"
            value={email}
            error={Boolean(fields.email)}
            helperText={faultOf("email")}
            onChange={(event) => setEmail(event.target.value)}
          />
          <TextField
            label={t("name_optional")}
            autoComplete="name"
            value={name}
            error={Boolean(fields.name)}
            helperText={faultOf("name")}
            onChange={(event) => setName(event.target.value)}
          />
        </>
      )}
      {!withIdentity && <input type="hidden" autoComplete="username" value={user.email} readOnly />}
      {user.has_password && (
        <TextField
          label={t("current_password")}
          type="password"
          autoComplete="current-password"
          value={current}
          error={Boolean(fields.current_password)}
          helperText={faultOf("current_password")}
          onChange={(event) => setCurrent(event.target.value)}
        />
      )}
      <TextField
        label={t("new_password")}
        type="password"
        autoComplete="new-password"
        value={password}
        error={tooShort || Boolean(fields.new_password)}
        helperText={faultOf("new_password") ?? t("password_length", { count: MINIMUM_LENGTH })}
        onBlur={() => setLeft(true)}
        onChange={(event) => setPassword(event.target.value)}
      />
      <Box sx={{ display: "flex", gap: 1 }}>
        <Button type="submit" variant="contained" loading={save.isPending} disabled={!ready}>
          {submitLabel}
        </Button>
        {secondary}
      </Box>
    </SafeForm>
  )
}
