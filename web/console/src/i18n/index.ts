import i18next from "i18next"
import { initReactI18next } from "react-i18next"

export const languages = [
  { id: "en", name: "English" },
  { id: "zh-CN", name: "简体中文" },
  { id: "zh-TW", name: "繁體中文" },
] as const

export type LanguageId = (typeof languages)[number]["id"]
type Messages = Record<string, object>

const STORED = "powerautomation.language"

/** Return the language of ours that fits a browser's tag best; traditional script for Taiwan, Hong Kong, Macao. */
export function matchLanguage(tags: readonly string[]): LanguageId {
  for (const tag of tags) {
    const lower = tag.toLowerCase()
    if (lower.startsWith("zh")) return /hant|tw|hk|mo/.test(lower) ? "zh-TW" : "zh-CN"
    if (lower.startsWith("en")) return "en"
  }
  return "en"
}

function storedLanguage(): LanguageId | null {
  try {
    const stored = localStorage.getItem(STORED)
    return languages.find((language) => language.id === stored)?.id ?? null
  } catch {
    return null // storage may be forbidden
  }
}

export function initialLanguage(): LanguageId {
  return storedLanguage() ?? matchLanguage(navigator.languages)
}

let load: (language: LanguageId) => Promise<Messages> = async () => ({})

/** Start translations with the first language. `loader` brings the messages of one language, by namespace. */
export async function startI18n(language: LanguageId, loader: typeof load): Promise<void> {
  load = loader
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: await load(language) },
    defaultNS: "common",
    interpolation: { escapeValue: false },
    returnNull: false,
    showSupportNotice: false,
  } as Parameters<typeof i18next.init>[0])
  document.documentElement.lang = language
}

/** Switch the language of all screens and remember it in this browser. */
export async function changeLanguage(language: LanguageId): Promise<void> {
  const messages = await load(language)
  for (const [namespace, texts] of Object.entries(messages))
    i18next.addResourceBundle(language, namespace, texts)
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
  try {
    localStorage.setItem(STORED, language)
  } catch {
    // Storage may be forbidden; the account remembers it too.
  }
}

/** Follow the language of the account, unless this browser has its own choice. */
export async function followAccount(locale: string): Promise<void> {
  const language = languages.find((candidate) => candidate.id === locale)?.id
  if (language && !storedLanguage() && language !== i18next.language) await changeLanguage(language)
}
