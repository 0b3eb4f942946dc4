import { collect } from "./collect"

export default collect(
  import.meta.glob<object>(["/src/**/messages/zh-TW.json"], { eager: true, import: "default" }),
)
