import { Alert, Group, Loader, Stack, Text } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useSearchParams } from "react-router";
import { $api } from "../api/client";
import type { Rehearsal } from "../api/types";
import { useMayAct } from "../app/SignedIn";
import { useFilter } from "../elements/Filters";
import { Loaded } from "../elements/ListStates";
import { Panel } from "../elements/Panel";
import { RowLink, Rows } from "../elements/Rows";
import { StateBadge } from "../elements/StateBadge";
import { formatCount } from "../format/size";
import { formatDateTime } from "../format/time";
import { plural } from "../format/words";
import { useSale } from "../sales/SalePage";
import { RehearsalForm } from "./RehearsalForm";
import { RehearsalReportView } from "./RehearsalReportView";
import styles from "./rush.module.css";
import { chosen, formatClock, formatMs, rehearsalsPath } from "./rushWords";

const pollMs = 1_000;

/** Rehearsals of the sale: starting one, the one that runs, and what the ended ones found. */
export function RehearsalsPanel() {
  const { sale } = useSale();
  const mayRehearse = useMayAct("owner", "editor", "admin", "manager");
  const [asked, setAsked] = useFilter("rehearsal");
  const rehearsals = $api.useQuery(
    "get",
    rehearsalsPath,
    { params: { path: { tenant: sale.tenant.id, sale: sale.id } } },
    {
      refetchInterval: ({ state }) => (state.data?.items.some(isRunning) === true ? pollMs : false),
    },
  );
  const shown = rehearsals.data && chosen(rehearsals.data.items, asked);
  return (
    <>
      <Panel title="Rehearsals">
        <Stack>
          <Text size="sm" c="dimmed" maw={640}>
            A rush on a copy of this sale that no shopper can see, by shoppers made up for it,
            through the same doors as the real one. Each of them presses Buy once, hundreds at a
            time.
          </Text>
          <Loaded query={rehearsals}>
            {({ items }) => {
              const running = items.find(isRunning);
              if (running) return <Running rehearsal={running} />;
              if (mayRehearse && sale.state !== "cancelled")
                return <RehearsalForm onStarted={() => setAsked("")} />;
              return items.length === 0 ? <Text size="sm">There was none yet.</Text> : null;
            }}
          </Loaded>
        </Stack>
      </Panel>
      {shown && <Ended key={shown.id} rehearsal={shown} asked={shown.id === asked} />}
      {rehearsals.data && rehearsals.data.items.length > 1 && shown && (
        <Earlier rehearsals={rehearsals.data.items} shown={shown.id} />
      )}
    </>
  );
}

function isRunning({ state }: Rehearsal): boolean {
  return state === "running";
}

function Running({ rehearsal }: { rehearsal: Rehearsal }) {
  return (
    <Group role="status" gap="md" wrap="nowrap">
      <Loader size="sm" aria-hidden />
      <div>
        <Text fw={550}>
          {plural(rehearsal.shoppers, "shopper")} rush for {plural(rehearsal.units, "unit")}
        </Text>
        <Text size="sm" c="dimmed">
          Started at {formatClock(Date.parse(rehearsal.started_at))}. The report comes here by
          itself; you may leave meanwhile.
        </Text>
      </div>
    </Group>
  );
}

function Ended({ rehearsal, asked }: { rehearsal: Rehearsal; asked: boolean }) {
  const { shoppers, units, report, failure, started_at } = rehearsal;
  const top = useRef<HTMLDivElement>(null);
  // It is chosen in a list further down.
  useEffect(() => {
    if (asked) top.current?.scrollIntoView({ block: "start" });
  }, [asked]);
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
          <Alert color="brick" title="This rehearsal did not come to its end">
            {failure && `${failure} `}Nothing of the real sale was touched; start another one.
          </Alert>
        ) : (
          <RehearsalReportView report={report} />
        )}
      </Panel>
    </div>
  );
}

function Earlier({ rehearsals, shown }: { rehearsals: Rehearsal[]; shown: string }) {
  const [params] = useSearchParams();
  const linkTo = (id: string) => {
    const next = new URLSearchParams(params);
    next.set("rehearsal", id);
    return `?${next.toString()}`;
  };
  return (
    <Panel title="All rehearsals">
      <Rows
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
            header: "99 in 100 within",
            cell: ({ report }) => (report ? formatMs(report.p99_ms) : "–"),
            kind: "number",
          },
          { header: "State", cell: ({ state }) => <StateBadge state={state} /> },
        ]}
      />
    </Panel>
  );
}
