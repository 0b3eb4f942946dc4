import createCache, { type EmotionCache } from "@emotion/cache"

/**
 * Emotion's sheet on top of constructable style sheets. A strict content security policy (`style-src 'self'`)
 * refuses `<style>` elements without a nonce; adopted style sheets are allowed, so the console needs no exception.
 */
class AdoptedSheet {
  readonly key: string
  readonly container: Node
  readonly nonce: string | undefined = undefined
  readonly isSpeedy = true
  // Emotion asks for the elements of a sheet to order global styles; an adopted sheet has none.
  readonly tags: HTMLStyleElement[] = []
  before: Element | null = null
  readonly #sheet = new CSSStyleSheet()

  constructor(options: { key: string; container: Node }) {
    this.key = options.key
    this.container = options.container
    const adopted = document.adoptedStyleSheets
    // Global styles come first so that a component's own rules win over them.
    document.adoptedStyleSheets = this.key.endsWith("-global")
      ? [this.#sheet, ...adopted]
      : [...adopted, this.#sheet]
  }

  insert(rule: string): void {
    try {
      this.#sheet.insertRule(rule, this.#sheet.cssRules.length)
    } catch {
      // A vendor-prefixed selector of another browser: insertRule refuses it, a style element would skip it.
    }
  }

  flush(): void {
    this.#sheet.replaceSync("")
  }

  hydrate(): void {
    // Nothing is rendered on a server.
  }
}

/** Return the style cache for the whole application; make it once, before the first render. */
export function createStyleCache(): EmotionCache {
  const cache = createCache({ key: "pa", prepend: true })
  const sheet = new AdoptedSheet({ key: "pa", container: document.head })
  cache.sheet = sheet as unknown as EmotionCache["sheet"]
  return cache
}
