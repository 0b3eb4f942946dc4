export { FileButton } from "./FileButton"
export { RouterButton, RouterLink } from "./RouterLink"
export { useNow } from "./useNow"
export { Ago, Moment, Money, Tokens } from "./values"
