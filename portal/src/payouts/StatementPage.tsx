import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { IconDownload, IconPrinter } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { $api, apiRoot } from "../api/client";
import type { Statement, StatementDetail, StatementLine } from "../api/types";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { staffBase } from "../app/workspace";
import { DataTable } from "../components/DataTable";
import { DescriptionList } from "../components/DescriptionList";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { humanize } from "../format/text";
import { formatDate } from "../format/time";
import styles from "./payouts.module.css";
import { StatementActions } from "./StatementActions";

/** One statement, for the provider's owner. */
export function StatementPage() {
  const { id, slug } = useTenant();
  return <OneStatement tenant={id} back={{ to: `/p/${slug}/payouts`, label: "Payouts" }} />;
}

/** One statement, for SMP's finance. */
export function StaffStatementPage() {
  const { tenant = "" } = useParams();
  return (
    <OneStatement tenant={tenant} back={{ to: `${staffBase}/statements`, label: "Statements" }} />
  );
}

function OneStatement({ tenant, back }: { tenant: string; back: { to: string; label: string } }) {
  const { statement = "" } = useParams();
  const isStaff = useWorkspace().kind === "staff";
  const found = $api.useQuery("get", "/providers/{tenant}/statements/{statement}", {
    params: { path: { tenant, statement } },
  });
  return (
    <LoadedPage query={found}>
      {(data) => (
        <>
          <PageHeader
            title={`Statement ${data.statement.number}`}
            badge={<StateBadge state={`statement_${data.statement.state}`} />}
            lead={`${data.statement.provider.name}, ${formatDate(data.statement.period_from)} to ${formatDate(data.statement.period_to)}`}
            back={back}
            actions={<Exports statement={data.statement} />}
          />
          <Stack gap="lg">
            {data.statement.failure != null && (
              <Alert color="brick" title="The payment failed" role="status">
                {data.statement.failure}
              </Alert>
            )}
            {isStaff && <StatementActions statement={data.statement} />}
            <Summary statement={data.statement} />
            <Lines detail={data} />
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}

function Exports({ statement }: { statement: Statement }) {
  return (
    <Group gap="sm" className={styles.screenOnly}>
      <Button
        variant="default"
        leftSection={<IconPrinter size={15} aria-hidden />}
        onClick={() => window.print()}
      >
        Print
      </Button>
      <Button
        component="a"
        href={`${apiRoot}/providers/${statement.provider.id}/statements/${statement.id}/lines.csv`}
        download
        variant="default"
        leftSection={<IconDownload size={15} aria-hidden />}
      >
        Download CSV
      </Button>
    </Group>
  );
}

function Summary({ statement }: { statement: Statement }) {
  const { carried } = statement;
  return (
    <Panel title="Summary">
      <DescriptionList
        rows={[
          ["Amount", formatMoney(statement.amount)],
          ["Carried over", carried.amount !== 0 && formatMoney(carried)],
          ["Paid by", statement.method != null && methods[statement.method]],
          ["Reference", statement.reference],
          [
            "Drafted",
            <span key="drafted">
              <Timestamp at={statement.drafted_at} /> by {statement.drafted_by ?? "the clock"}
            </span>,
          ],
          [
            "Approved",
            statement.approved_at != null && (
              <span key="approved">
                <Timestamp at={statement.approved_at} /> by {statement.approved_by}
              </span>
            ),
          ],
          ["Sent", statement.sent_at != null && <Timestamp at={statement.sent_at} key="sent" />],
          [
            statement.state === "failed" ? "Failed" : "Arrived",
            statement.settled_at != null && <Timestamp at={statement.settled_at} key="settled" />,
          ],
        ]}
      />
    </Panel>
  );
}

const methods: Record<NonNullable<Statement["method"]>, string> = {
  connect: "Transfer to the account at our payment partner",
  bank: "Bank transfer",
};

function Lines({ detail: { statement, lines } }: { detail: StatementDetail }) {
  const { kind, base } = useWorkspace();
  const order = ({ order_number, parcel_id }: StatementLine) => {
    if (order_number == null) return "–";
    const parcel = parcel_id != null && `${base}/parcels/${parcel_id}`;
    const to = kind === "staff" ? `${base}/orders/${order_number}` : parcel;
    if (to === false) return order_number;
    return (
      <Anchor component={Link} to={to}>
        {order_number}
      </Anchor>
    );
  };
  return (
    <Panel title="Lines">
      <DataTable
        label="Lines"
        rows={lines}
        rowKey={({ entry_id }) => entry_id}
        columns={[
          { header: "What", cell: (line) => humanize(line.kind) },
          { header: "Order", cell: order },
          { header: "Booked", cell: (line) => formatDate(line.posted_at), kind: "dim" },
          { header: "Payable since", cell: (line) => formatDate(line.matured_at), kind: "dim" },
          { header: "Amount", cell: (line) => formatMoney(line.amount), kind: "number" },
        ]}
      />
      {lines.length < statement.lines && (
        <Text size="sm" c="dimmed" mt="sm">
          These are the first {lines.length} of {statement.lines} lines. The CSV file has all of
          them.
        </Text>
      )}
    </Panel>
  );
}
