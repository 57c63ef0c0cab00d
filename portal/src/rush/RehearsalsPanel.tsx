import { Alert, Group, Loader, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useSearchParams } from "react-router";
import { $api } from "../api/client";
import type { Rehearsal } from "../api/types";
import { useHasRole } from "../app/SignedIn";
import { useFilter } from "../components/Filters";
import { Loaded } from "../components/ListStates";
import { Panel } from "../components/Panel";
import { RowLink, DataTable } from "../components/DataTable";
import { StateBadge } from "../components/StateBadge";
import { formatCount } from "../format/numbers";
import { formatDateTime, formatMilliseconds, formatTimeOfDay } from "../format/time";
import { plural } from "../format/text";
import { useSale } from "../sales/SalePage";
import { RehearsalForm } from "./RehearsalForm";
import { RehearsalReportView } from "./RehearsalReportView";
import styles from "./rush.module.css";
import { rehearsalsPath, shownRehearsal } from "./rehearsals";

const pollMs = 1_000;

/** Rehearsals of a sale: starting one, the one in progress, and the reports of past ones. */
export function RehearsalsPanel() {
  const { sale } = useSale();
  const mayRehearse = useHasRole("owner", "editor", "admin", "manager");
  const [selected, setSelected] = useFilter("rehearsal");
  const rehearsals = $api.useQuery(
    "get",
    rehearsalsPath,
    { params: { path: { tenant: sale.tenant.id, sale: sale.id } } },
    {
      refetchInterval: ({ state }) => (state.data?.items.some(isRunning) === true ? pollMs : false),
    },
  );
  const shown = rehearsals.data && shownRehearsal(rehearsals.data.items, selected);
  return (
    <>
      <Panel title="Rehearsals">
        <Stack>
          <Text size="sm" c="dimmed" maw={640}>
            Simulated shoppers rush a hidden copy of this sale, through the same code as a real
            rush. Each shopper presses Buy once, hundreds at a time.
          </Text>
          <Loaded query={rehearsals}>
            {({ items }) => {
              const running = items.find(isRunning);
              if (running) return <RunningRehearsal rehearsal={running} />;
              if (mayRehearse && sale.state !== "cancelled")
                return <RehearsalForm onStarted={() => setSelected("")} />;
              return items.length === 0 ? <Text size="sm">No rehearsals yet.</Text> : null;
            }}
          </Loaded>
        </Stack>
      </Panel>
      {shown && (
        <RehearsalReportPanel key={shown.id} rehearsal={shown} selected={shown.id === selected} />
      )}
      {rehearsals.data && rehearsals.data.items.length > 1 && shown && (
        <RehearsalTable rehearsals={rehearsals.data.items} shown={shown.id} />
      )}
    </>
  );
}

function isRunning({ state }: Rehearsal): boolean {
  return state === "running";
}

function RunningRehearsal({ rehearsal }: { rehearsal: Rehearsal }) {
  return (
    <Group role="status" gap="md" wrap="nowrap">
      <Loader size="sm" aria-hidden />
      <div>
        <Text fw={550}>
          {plural(rehearsal.shoppers, "shopper")} rushing for {plural(rehearsal.units, "unit")}
        </Text>
        <Text size="sm" c="dimmed">
          Started at {formatTimeOfDay(Date.parse(rehearsal.started_at))}. The report will appear
          here; you can leave this page.
        </Text>
      </div>
    </Group>
  );
}

function RehearsalReportPanel({
  rehearsal,
  selected,
}: {
  rehearsal: Rehearsal;
  selected: boolean;
}) {
  const { shoppers, units, report, failure, started_at } = rehearsal;
  const top = useRef<HTMLDivElement>(null);
  // The list to select from is further down the page.
  useEffect(() => {
    if (selected) top.current?.scrollIntoView({ block: "start" });
  }, [selected]);
  return (
    <div ref={top} className={styles.report}>
      <Panel
        title={`${plural(shoppers, "shopper")} for ${plural(units, "unit")}`}
        aside={
          <Text size="sm" c="dimmed">
            {formatDateTime(started_at)}
          </Text>
        }
      >
        {report == null ? (
          <Alert color="brick" title="This rehearsal did not finish">
            {failure && `${failure} `}The real sale was not affected. Start another rehearsal.
          </Alert>
        ) : (
          <RehearsalReportView report={report} />
        )}
      </Panel>
    </div>
  );
}

function RehearsalTable({ rehearsals, shown }: { rehearsals: Rehearsal[]; shown: string }) {
  const [params] = useSearchParams();
  const linkTo = (id: string) => {
    const next = new URLSearchParams(params);
    next.set("rehearsal", id);
    return `?${next.toString()}`;
  };
  return (
    <Panel title="All rehearsals">
      <DataTable
        label="All rehearsals"
        rows={rehearsals}
        rowKey={(rehearsal) => rehearsal.id}
        columns={[
          {
            header: "Started",
            cell: ({ id, state, started_at }) =>
              state === "running" ? (
                formatDateTime(started_at)
              ) : (
                <div>
                  <RowLink to={linkTo(id)}>{formatDateTime(started_at)}</RowLink>
                  {id === shown && (
                    <Text size="sm" c="dimmed">
                      Shown above
                    </Text>
                  )}
                </div>
              ),
          },
          { header: "Shoppers", cell: ({ shoppers }) => formatCount(shoppers), kind: "number" },
          { header: "Units", cell: ({ units }) => formatCount(units), kind: "number" },
          {
            header: "Held",
            cell: ({ report }) => (report ? formatCount(report.held) : "–"),
            kind: "number",
          },
          {
            header: "Oversold",
            cell: ({ report }) => (report ? formatCount(report.oversold) : "–"),
            kind: "number",
          },
          {
            header: "99% within",
            cell: ({ report }) => (report ? formatMilliseconds(report.p99_ms) : "–"),
            kind: "number",
          },
          { header: "State", cell: ({ state }) => <StateBadge state={state} /> },
        ]}
      />
    </Panel>
  );
}
