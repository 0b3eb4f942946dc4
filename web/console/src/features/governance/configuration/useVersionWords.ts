import type { ConfigurationVersion } from "@powerautomation/api-client"
import { useTranslation } from "react-i18next"
import english from "./messages/en.json"

/** The words for what a version says. */
export function useVersionWords() {
  const { t } = useTranslation("configuration")
  const words = t as unknown as (key: string) => string
  const kind = (name: string) => (name in english.kinds ? words(`kinds.${name}`) : name)
  return {
    kind,
    name: (one: { kind: string; object_name: string }) =>
      one.object_name && one.object_name !== one.kind ? one.object_name : kind(one.kind),
    author: (one: ConfigurationVersion) =>
      one.author_kind === "command_line"
        ? [t("authors.command_line"), one.author_name].filter(Boolean).join(" · ")
        : one.author_kind === "system"
          ? t("authors.system")
          : one.author_name || one.author_id,
    what: (one: ConfigurationVersion) => {
      if (one.action === "configuration.found") return t("found")
      if (!one.exists) return t("deleted")
      if (one.number === 1) return t("created")
      return t("changes", { count: one.differences.length })
    },
  }
}
