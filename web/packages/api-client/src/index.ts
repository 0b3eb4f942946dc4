export { type Api, createApi } from "./api"
export { ApiProblem, createTransport, type Transport } from "./client"
export type * from "./types"
