import { collect } from "./collect"

export default collect(
  import.meta.glob<object>(["/src/**/messages/en.json"], { eager: true, import: "default" }),
)
