import { Button, Center } from "@mantine/core";
import type { ReactNode } from "react";
import { itemsOf } from "../api/pages";
import { ErrorState, LoadingRows } from "./ListStates";

interface PagedQuery<T> {
  data: { pages: { items: T[] }[] } | undefined;
  error: unknown;
  refetch: () => Promise<unknown>;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => Promise<unknown>;
}

interface PagedListProps<T> {
  query: PagedQuery<T>;
  empty: ReactNode;
  children: (items: T[]) => ReactNode;
}

/**
 * A list read page by page: its loading, error and empty states, and a button for the next page.
 */
export function PagedList<T>({ query, empty, children }: PagedListProps<T>) {
  if (query.data === undefined) {
    return query.error != null ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <LoadingRows />
    );
  }
  const items = itemsOf(query);
  if (items.length === 0) return empty;
  return (
    <>
      {children(items)}
      {query.hasNextPage && (
        <Center mt="lg">
          <Button
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Load more
          </Button>
        </Center>
      )}
    </>
  );
}
