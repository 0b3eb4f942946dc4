import type { LucideIcon } from "lucide-react"

/** What an action may use. */
export interface ActionContext {
  readonly navigate: (to: string) => void
}

/**
 * One thing a person can do, as an object: the menu, the palette and the keyboard all use the same one.
 * `title` and `keywords` are functions because the language can change; keywords hold other words for it, and in
 * Chinese its pinyin.
 */
export interface Action {
  readonly id: string
  readonly icon: LucideIcon
  readonly title: () => string
  readonly keywords: () => string
  /** Two keys pressed one after the other, for example "g r". */
  readonly shortcut?: string
  /** Set for pages; `run` is for everything else. */
  readonly to?: string
  readonly run?: (context: ActionContext) => void
}

/** Do what an action stands for. */
export function runAction(action: Action, context: ActionContext): void {
  if (action.to) context.navigate(action.to)
  action.run?.(context)
}

/**
 * Return the actions that fit what was typed, best first. Every word must be found in the title or the keywords;
 * a title that begins with the text wins over one that contains it, and that over keywords.
 */
export function searchActions(actions: readonly Action[], typed: string): Action[] {
  const text = typed.trim().toLocaleLowerCase()
  if (!text) return [...actions]
  const words = text.split(/\s+/)
  return actions
    .map((action) => {
      const title = action.title().toLocaleLowerCase()
      const everything = `${title} ${action.keywords().toLocaleLowerCase()}`
      const found = words.every((word) => everything.includes(word))
      const rank = !found ? 0 : title.startsWith(text) ? 3 : title.includes(text) ? 2 : 1
      return { action, rank }
    })
    .filter((entry) => entry.rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map((entry) => entry.action)
}
