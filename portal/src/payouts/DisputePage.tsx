import { Alert, Anchor, Button, Stack } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { Link, useParams } from "react-router";
import { $api } from "../api/client";
import type { Dispute } from "../api/types";
import { staffBase } from "../app/workspace";
import { DescriptionList } from "../components/DescriptionList";
import { LoadedPage } from "../components/LoadedPage";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { humanize } from "../format/text";
import { AcceptPanel } from "./AcceptPanel";
import { EvidencePanel } from "./EvidencePanel";

/** One dispute: what it is about, and what to do. */
export function DisputePage() {
  const { dispute = "" } = useParams();
  const found = $api.useQuery("get", "/disputes/{dispute}", { params: { path: { dispute } } });
  return (
    <LoadedPage query={found}>
      {(data) => (
        <>
          <PageHeader
            title={`Dispute of order ${data.order_number}`}
            badge={<StateBadge state={`dispute_${data.state}`} />}
            lead={humanize(data.reason)}
            back={{ to: `${staffBase}/disputes`, label: "Disputes" }}
            actions={
              <Button
                component="a"
                href={data.dashboard_url}
                target="_blank"
                rel="noreferrer"
                variant="default"
                rightSection={<IconExternalLink size={15} aria-hidden />}
              >
                Open in Stripe’s dashboard
              </Button>
            }
          />
          <Stack gap="lg" maw={720}>
            <Alert color={data.needs_response ? "brick" : "gray"} title="What to do" role="status">
              {toDo(data)}
            </Alert>
            <Panel title="The dispute">
              <DescriptionList
                rows={[
                  [
                    "Order",
                    <Anchor
                      component={Link}
                      to={`${staffBase}/orders/${data.order_number}`}
                      key="o"
                    >
                      {data.order_number}
                    </Anchor>,
                  ],
                  ["Amount", formatMoney(data.amount)],
                  ["Reason", humanize(data.reason)],
                  ["Opened", <Timestamp at={data.opened_at} key="opened" />],
                  [
                    "Answer until",
                    data.evidence_due_at != null && (
                      <Timestamp at={data.evidence_due_at} key="until" />
                    ),
                  ],
                  [
                    "Closed",
                    data.closed_at != null && <Timestamp at={data.closed_at} key="closed" />,
                  ],
                  ["Stripe’s id", data.reference],
                ]}
              />
            </Panel>
            <EvidencePanel dispute={data} />
            <AcceptPanel dispute={data} />
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}

function toDo({ state, accepted }: Dispute): string {
  switch (state) {
    case "needs_response":
      return "Check the evidence below, and submit it once, or accept the dispute. Files, such as a signed proof of delivery, are added in Stripe’s dashboard before that. Without an answer the money goes back to the shopper. The order is not refunded meanwhile: it would be paid back twice.";
    case "warning_needs_response":
      return "The bank asks before it disputes the payment. Submit evidence below, or refund the order, which ends it.";
    case "under_review":
      return "The evidence is with the bank, which decides. There is nothing to do, and the order is not refunded meanwhile.";
    case "warning_under_review":
      return "The answer is with the bank. There is nothing to do.";
    case "won":
      return "The bank decided for us, and the money is back. The order can be refunded again.";
    case "lost":
      return accepted
        ? "We accepted the dispute, and the shopper has the money back. What is left of the order can be refunded."
        : "The bank decided for the shopper, who has the money back. What is left of the order can be refunded.";
    case "warning_closed":
    case "prevented":
      return "It is over, and no money has moved. There is nothing to do.";
  }
}
