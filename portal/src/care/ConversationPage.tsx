import { Anchor, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { Link, useParams } from "react-router";
import { $api, refresh } from "../api/client";
import type { Conversation } from "../api/types";
import { staffBase } from "../app/workspace";
import { DescriptionList } from "../components/DescriptionList";
import { FormError } from "../components/FormError";
import { LoadedPage } from "../components/LoadedPage";
import { notifySuccess, notifyError } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { formatDateTime } from "../format/time";
import { OrderLineTable } from "../parcels/OrderLineTable";
import layout from "../parcels/parcels.module.css";
import styles from "./care.module.css";

const affectedPaths = ["/conversations", "/conversations/{conversation}"] as const;

export function ConversationPage() {
  const { conversation: id = "" } = useParams();
  const conversation = $api.useQuery(
    "get",
    "/conversations/{conversation}",
    { params: { path: { conversation: id } } },
    { refetchInterval: 10_000 },
  );
  return (
    <LoadedPage query={conversation}>
      {(data) => (
        <>
          <PageHeader
            title={data.subject}
            badge={<StateBadge state={data.state} />}
            lead={`${data.customer_name}, since ${formatDateTime(data.created_at)}`}
            back={{ to: `${staffBase}/conversations`, label: "Conversations" }}
            actions={data.state !== "resolved" && <ResolveButton conversation={data} />}
          />
          <div className={layout.layout}>
            <Stack gap="lg">
              <ol className={styles.thread} aria-label="Messages">
                {data.messages.map((message) => (
                  <li
                    key={message.id}
                    className={`${styles.message} ${message.author === "support" ? styles.support : ""}`}
                  >
                    <div className={styles.by}>
                      {message.author_name}, <Timestamp at={message.created_at} />
                    </div>
                    <div className={styles.bubble}>{message.body}</div>
                  </li>
                ))}
              </ol>
              <ReplyForm conversation={data} />
            </Stack>
            <OrderSidebar order={data.order} number={data.order_number} />
          </div>
        </>
      )}
    </LoadedPage>
  );
}

function ReplyForm({ conversation }: { conversation: Conversation }) {
  const [body, setBody] = useState("");
  const reply = $api.useMutation("post", "/conversations/{conversation}/messages", {
    onSuccess: async () => {
      setBody("");
      await refresh(...affectedPaths);
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (body.trim() !== "")
          reply.mutate({
            params: { path: { conversation: conversation.id } },
            body: { body: body.trim() },
          });
      }}
    >
      <Stack gap="sm">
        <Textarea
          label="Reply"
          autosize
          minRows={4}
          value={body}
          onChange={(event) => setBody(event.currentTarget.value)}
        />
        <FormError message={reply.error} />
        <Group>
          <Button type="submit" loading={reply.isPending} disabled={body.trim() === ""}>
            Send reply
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function ResolveButton({ conversation }: { conversation: Conversation }) {
  const resolve = $api.useMutation("post", "/conversations/{conversation}/resolve", {
    onSuccess: async () => {
      await refresh(...affectedPaths);
      notifySuccess("Resolved. The conversation reopens if the shopper replies.");
    },
    onError: notifyError,
  });
  return (
    <Button
      variant="default"
      loading={resolve.isPending}
      onClick={() => resolve.mutate({ params: { path: { conversation: conversation.id } } })}
    >
      Resolve
    </Button>
  );
}

function OrderSidebar({
  order,
  number,
}: {
  order: Conversation["order"];
  number: Conversation["order_number"];
}) {
  if (order == null) {
    return (
      <Panel title="Order">
        <Text size="sm" c="dimmed">
          {number == null ? "This question is not about an order." : `About order ${number}.`}
        </Text>
      </Panel>
    );
  }
  return (
    <Panel title={`Order ${order.number}`} aside={<StateBadge state={order.state} />}>
      <Stack gap="md">
        <DescriptionList
          rows={[
            ["Total", formatMoney(order.total)],
            ["Refunded", order.refunded.amount > 0 && formatMoney(order.refunded)],
            ["Placed", formatDateTime(order.created_at)],
          ]}
        />
        {order.parcels.map((parcel) => (
          <div key={parcel.id}>
            <Group justify="space-between" mb={6}>
              <Text fw={550}>{parcel.provider_name}</Text>
              <StateBadge state={parcel.state} />
            </Group>
            <OrderLineTable lines={parcel.lines} />
          </div>
        ))}
        <Anchor
          component={Link}
          to={`${staffBase}/orders/${order.number}`}
          underline="always"
          size="sm"
        >
          Open order
        </Anchor>
      </Stack>
    </Panel>
  );
}
