import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "../app/shell.module.css";

/** The layout of pages outside the shell: sign-in and invitations. */
export function AuthLayout({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.auth}>
      <title>{`${title} · SMP`}</title>
      <header className={styles.authAside}>
        <span className={styles.wordmark}>SMP</span>
        <p>Good things, for a short time, from the people who make them.</p>
        <small>The portal for providers and the SMP team</small>
      </header>
      <main className={styles.authMain}>
        <div className={styles.authForm}>
          <Title order={1} mb="lg">
            {title}
          </Title>
          {children}
        </div>
      </main>
    </div>
  );
}
