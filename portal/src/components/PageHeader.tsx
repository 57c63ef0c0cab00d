import { Anchor, Group, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import styles from "./components.module.css";

interface PageHeaderProps {
  title: string;
  lead?: ReactNode;
  badge?: ReactNode;
  actions?: ReactNode;
  back?: { to: string; label: string };
}

export function PageHeader({ title, lead, badge, actions, back }: PageHeaderProps) {
  return (
    <div className={styles.header}>
      <title>{`${title} · SMP`}</title>
      <div className={styles.headerText}>
        {back && (
          <Anchor
            component={Link}
            to={back.to}
            size="sm"
            mb={8}
            display="inline-flex"
            style={{ alignItems: "center", gap: 4 }}
          >
            <IconArrowLeft size={16} aria-hidden />
            {back.label}
          </Anchor>
        )}
        <Group gap="sm" align="center">
          <Title order={1}>{title}</Title>
          {badge}
        </Group>
        {lead != null && <div className={styles.lead}>{lead}</div>}
      </div>
      {actions != null && <Group gap="sm">{actions}</Group>}
    </div>
  );
}
