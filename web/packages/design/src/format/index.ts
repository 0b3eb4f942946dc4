export * from "./money"
export * from "./number"
export * from "./time"
