/* Shows the description of the control API at /docs. A person who is signed in to the console can try the calls. */
const dark = window.matchMedia("(prefers-color-scheme: dark)")
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches)
dark.addEventListener("change", follow)
follow()

const address = (path) => new URL(path, document.baseURI).href

/* Changes need the token of the session, as the console sends it. */
async function withCsrfToken(request) {
  const ours = new URL(request.url, document.baseURI).origin === window.location.origin
  if (!ours || ["GET", "HEAD"].includes((request.method ?? "GET").toUpperCase())) return request
  const session = await fetch(address("api/v1/session"))
  if (session.ok) request.headers["x-csrf-token"] = (await session.json()).csrf_token
  return request
}

window.SwaggerUIBundle({
  url: address("api/openapi.json"),
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  /* Nothing is sent to anybody else's validator. */
  validatorUrl: null,
  requestInterceptor: withCsrfToken,
})
