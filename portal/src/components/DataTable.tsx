import type { ReactNode } from "react";
import { Link } from "react-router";
import styles from "./components.module.css";

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
