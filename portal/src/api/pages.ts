/** Query options of every list that is read page by page. */
export const byCursor = {
  pageParamName: "cursor",
  // Null is left out of the URL; with undefined, openapi-react-query would send the cursor 0.
  initialPageParam: null,
  getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
} as const;

interface PagedQuery<T> {
  data?: { pages: { items: T[] }[] } | undefined;
}

export function itemsOf<T>(query: PagedQuery<T>): T[] {
  return query.data?.pages.flatMap((page) => page.items) ?? [];
}
