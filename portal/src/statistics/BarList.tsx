import { Progress, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { SaleStatistics } from "../api/types";
import { formatCount, formatPercent } from "../format/numbers";
import styles from "./statistics.module.css";

export interface Bar {
  key: string;
  label: ReactNode;
  /** Its length as a share of the longest bar, 0 to 1. */
  share: number;
  value: string;
  note: string;
}

/** Numbers as bars on a common scale. */
export function BarList({
  bars,
  ordered = false,
  secondary = false,
}: {
  bars: Bar[];
  ordered?: boolean;
  secondary?: boolean;
}) {
  const List = ordered ? "ol" : "ul";
  return (
    <List className={styles.bars}>
      {bars.map(({ key, label, share, value, note }) => (
        <li key={key}>
          <span>{label}</span>
          <Progress
            className={styles.track ?? ""}
            value={share * 100}
            color={secondary ? "var(--smp-chart-second)" : "var(--smp-chart-main)"}
            bg="var(--smp-sunken)"
            radius={3}
            aria-hidden
          />
          <span className={styles.count}>{value}</span>
          <span className={styles.share}>{note}</span>
        </li>
      ))}
    </List>
  );
}

/** How many visitors reached each step. */
export function Funnel({ steps }: { steps: SaleStatistics["funnel"] }) {
  const widest = Math.max(1, ...steps.map((step) => step.count));
  const first = steps[0]?.count ?? 0;
  const bars = steps.map(({ step, label, count }) => ({
    key: step,
    label,
    share: count / widest,
    value: formatCount(count),
    note: formatPercent(count, first),
  }));
  return <BarList ordered bars={bars} />;
}

type ChannelShares = SaleStatistics["totals"]["shares_by_channel"];

const channelLabels: Record<ChannelShares[number]["channel"], string> = {
  copy: "Copied the link",
  native: "Shared from the browser",
  email: "Email",
  facebook: "Facebook",
  x: "X",
};

export function SharesByChannel({ shares }: { shares: ChannelShares }) {
  if (shares.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nobody has shared the sale yet.
      </Text>
    );
  const total = shares.reduce((sum, row) => sum + row.shares, 0);
  const widest = Math.max(1, ...shares.map((row) => row.shares));
  const bars = shares.map(({ channel, shares: count }) => ({
    key: channel,
    label: channelLabels[channel],
    share: count / widest,
    value: formatCount(count),
    note: formatPercent(count, total),
  }));
  return <BarList secondary bars={bars} />;
}

export function VisitsByAccessPoint({ points }: { points: SaleStatistics["by_access_point"] }) {
  if (points.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No visits yet. Create access points and publish their links.
      </Text>
    );
  const total = points.reduce((sum, point) => sum + point.visits, 0);
  const widest = Math.max(1, ...points.map((point) => point.visits));
  const bars = [...points]
    .sort((a, b) => b.visits - a.visits)
    .map(({ access_point_id, name, visits }) => ({
      key: access_point_id ?? name,
      label: name,
      share: visits / widest,
      value: formatCount(visits),
      note: formatPercent(visits, total),
    }));
  return <BarList secondary bars={bars} />;
}
