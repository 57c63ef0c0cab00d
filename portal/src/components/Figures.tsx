import type { ReactNode } from "react";
import styles from "./components.module.css";

export interface Figure {
  label: string;
  value: ReactNode;
  note?: string;
}

/** A row of large numbers, each with its label and an optional note. */
export function Figures({ figures }: { figures: Figure[] }) {
  return (
    <dl className={styles.figures}>
      {figures.map(({ label, value, note }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {value}
            {note !== undefined && <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
