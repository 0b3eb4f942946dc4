import Box from "@mui/material/Box"
import Skeleton from "@mui/material/Skeleton"
import Tab from "@mui/material/Tab"
import Tabs from "@mui/material/Tabs"
import { CodeBlock } from "@powerautomation/design"
import { useQuery } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ProblemPanel } from "~/feedback"
import { connectQuery } from "../queries"

/** Lines that connect a client, with this server's address and the key filled in. */
export function Snippets({ token }: { token: string | null }) {
  const { t } = useTranslation("api_keys")
  const connect = useQuery(connectQuery)
  const [chosen, setChosen] = useState(0)
  if (connect.error) return <ProblemPanel error={connect.error} onRetry={() => void connect.refetch()} />
  if (!connect.data) return <Skeleton variant="rounded" height={180} />
  const { clients } = connect.data
  const client = clients[Math.min(chosen, clients.length - 1)]
  if (!client) return null
  const filled = client.snippet.replaceAll("{{API_KEY}}", token ?? "pa_YOUR_KEY")
  return (
    <Box sx={{ minWidth: 0 }}>
      <Tabs
        value={chosen}
        onChange={(_, value: number) => setChosen(value)}
        variant="scrollable"
        aria-label={t("snippets.clients")}
        sx={{
          minHeight: 40,
          mb: 1.5,
          "& .MuiTab-root": { minHeight: 44, px: 1.5 },
          // The place of an arrow that leads nowhere would look like an indent.
          "& .MuiTabScrollButton-root.Mui-disabled": { display: "none" },
        }}
      >
        {clients.map((one) => (
          <Tab key={one.id} label={one.title} />
        ))}
      </Tabs>
      <CodeBlock
        code={filled}
        label={t("snippets.lines", { client: client.title })}
        title={client.language === "python" ? "Python" : t("snippets.terminal")}
        copyLabel={t("copy", { ns: "common" })}
        copiedLabel={t("copied", { ns: "common" })}
      />
    </Box>
  )
}
