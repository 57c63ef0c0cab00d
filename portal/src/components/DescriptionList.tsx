import { Fragment, type ReactNode } from "react";
import styles from "./components.module.css";

/** Terms and their descriptions. Rows without a value are left out. */
export function DescriptionList({ rows }: { rows: [term: string, value: ReactNode][] }) {
  return (
    <dl className={styles.descriptions}>
      {rows
        .filter(([, value]) => value != null && value !== "" && value !== false)
        .map(([term, value]) => (
          <Fragment key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}
