import type { ReactNode } from "react";
import { Problem } from "../api/problem";
import { NotFound } from "../app/NotFoundPage";
import { ErrorState, LoadingRows } from "./ListStates";
import { PageHeader } from "./PageHeader";

interface PageQuery<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => Promise<unknown>;
}

/** A page about one resource: its content, "Page not found" for a 404, or the error. */
export function LoadedPage<T>({
  query,
  children,
}: {
  query: PageQuery<T>;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error == null) return <LoadingRows />;
  if (query.error instanceof Problem && query.error.status === 404) return <NotFound />;
  return (
    <>
      <PageHeader title="Not available" />
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    </>
  );
}
