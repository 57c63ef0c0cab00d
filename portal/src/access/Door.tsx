import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "../app/shell.module.css";

/** The page before the shell: signing in, accepting an invitation. */
export function Door({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.door}>
      <title>{`${title} · SMP`}</title>
      <header className={styles.doorSide}>
        <span className={styles.wordmark}>SMP</span>
        <p>Good things, for a short while, from people who make them.</p>
        <small>The portal for providers and the SMP team</small>
      </header>
      <main className={styles.doorForm}>
        <div className={styles.doorBox}>
          <Title order={1} mb="lg">
            {title}
          </Title>
          {children}
        </div>
      </main>
    </div>
  );
}
