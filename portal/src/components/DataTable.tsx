import { Button, Center } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { itemsOf } from "../api/pages";
import styles from "./components.module.css";
import { ErrorState, LoadingRows } from "./ListStates";

export interface Column<T> {
  header: string;
  cell: (row: T) => ReactNode;
  kind?: "number" | "dim";
}

interface DataTableProps<T> {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
}

/**
 * A table that turns into blocks on a phone. The explicit roles keep it a table for assistive
 * technology even then.
 */
export function DataTable<T>({ label, columns, rows, rowKey }: DataTableProps<T>) {
  return (
    <table className={styles.table} role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th
              key={column.header}
              role="columnheader"
              scope="col"
              className={styles[column.kind ?? ""]}
            >
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row" className={styles.linked}>
            {columns.map((column) => (
              <td
                key={column.header}
                role="cell"
                data-label={column.header}
                className={styles[column.kind ?? ""]}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The link of a row. Its click area covers the whole row. */
export function RowLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link to={to} className={styles.rowLink}>
      {children}
    </Link>
  );
}

/** Keeps a button clickable inside a row with a RowLink. */
export function RowAction({ children }: { children: ReactNode }) {
  return <span className={styles.above}>{children}</span>;
}

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

/** A list read page by page: loading, failing, empty, and more on demand. */
export function Paged<T>({ query, empty, children }: PagedListProps<T>) {
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
