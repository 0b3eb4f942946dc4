import Skeleton from "@mui/material/Skeleton"
import type { UseQueryResult } from "@tanstack/react-query"
import type { ReactNode } from "react"
import { ProblemPanel } from "~/feedback"

interface LoadedProps<T> {
  query: UseQueryResult<T>
  children: (data: T) => ReactNode
}

/** What a query brought; a placeholder until then, and what went wrong. */
export function Loaded<T>({ query, children }: LoadedProps<T>) {
  if (query.error) return <ProblemPanel error={query.error} onRetry={() => void query.refetch()} />
  if (query.data === undefined) return <Skeleton variant="rounded" height={72} />
  return children(query.data)
}
