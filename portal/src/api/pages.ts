/** Options shared by every list that is read page by page. */
export const byCursor = {
  pageParamName: "cursor",
  // Not undefined: openapi-react-query would ask for the page 0, which is no cursor. Null is left out of the address.
  initialPageParam: null,
  getNextPageParam: (last: { next_cursor?: string | null }) => last.next_cursor ?? undefined,
} as const;

interface PagedQuery<T> {
  data?: { pages: { items: T[] }[] } | undefined;
}

export function itemsOf<T>(query: PagedQuery<T>): T[] {
  return query.data?.pages.flatMap((page) => page.items) ?? [];
}
