export { ConfirmDialog } from "./ConfirmDialog"
export { ProblemPanel } from "./ProblemPanel"
export { describeProblem, useDescribedProblem, wordsOf } from "./problem"
export { showToast, ToastRegion } from "./toasts"
