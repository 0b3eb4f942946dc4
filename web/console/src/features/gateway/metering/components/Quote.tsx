import Box from "@mui/material/Box"

const CHINESE = /[\u3400-\u9fff]/

/** Words of somebody else, as they were said: who, then the words in quotation marks, marked as their own language. */
export function Quote({ label, words }: { label: string; words: string }) {
  return (
    <>
      {label}
      {label.endsWith("：") ? "" : " "}
      <Box component="q" lang={CHINESE.test(words) ? "zh" : "en"} sx={{ overflowWrap: "anywhere" }}>
        {words}
      </Box>
    </>
  )
}
