import { Title } from "@mantine/core";
import { useId, type ReactNode } from "react";
import styles from "./elements.module.css";

/** A titled part of a page. */
export function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.panel} aria-labelledby={id}>
      <div className={styles.panelHead}>
        <Title order={2} id={id}>{title}</Title>
        {aside}
      </div>
      {children}
    </section>
  );
}
