import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import { byCursor } from "../api/pages";
import type { FailedRefund } from "../api/types";
import { staffBase } from "../app/workspace";
import { confirmAction } from "../components/confirmAction";
import { DataTable, RowLink } from "../components/DataTable";
import { ChoiceFilter, FilterBar, SearchField, useChoice, useFilter } from "../components/Filters";
import { FormError } from "../components/FormError";
import { EmptyState } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { PagedList } from "../components/PagedList";
import { PageHeader } from "../components/PageHeader";
import { Timestamp } from "../components/Timestamp";
import { formatMoney } from "../format/money";
import { humanize } from "../format/text";
import { refreshOrder } from "../orders/refreshOrder";

const gateways = ["stripe", "payu", "cash_on_delivery", "sandbox"] as const;
const ages = ["1", "3", "7", "14"] as const;

/** What a gateway refused to refund, and nobody has seen to yet. */
export function FailedRefundsPage() {
  const [q] = useFilter("q");
  const [gateway, setGateway] = useChoice("gateway", gateways);
  const [days, setDays] = useChoice("days", ages);
  const refunds = $api.useInfiniteQuery(
    "get",
    "/refunds/failed",
    { params: { query: { q: q || undefined, gateway, days: days && Number(days) } } },
    byCursor,
  );
  return (
    <>
      <PageHeader
        title="Refunds that failed"
        lead="Shoppers are waiting for this money. Try each refund again, or pay it another way."
      />
      <FilterBar>
        <SearchField label="Search by order, email or name" />
        <ChoiceFilter
          label="Gateway"
          all="All gateways"
          value={gateway}
          onChange={setGateway}
          options={gateways.map((value) => ({ value, label: humanize(value) }))}
        />
        <ChoiceFilter
          label="Waiting"
          all="Any time"
          value={days}
          onChange={setDays}
          options={ages.map((value) => ({
            value,
            label: value === "1" ? "A day or longer" : `${value} days or longer`,
          }))}
        />
      </FilterBar>
      <PagedList
        query={refunds}
        empty={
          <EmptyState title="No failed refunds">
            {q || gateway || days
              ? "None match. Change the filters."
              : "Every refund went through, or was seen to."}
          </EmptyState>
        }
      >
        {(items) => <FailedRefunds refunds={items} />}
      </PagedList>
    </>
  );
}

function FailedRefunds({ refunds }: { refunds: FailedRefund[] }) {
  return (
    <DataTable
      label="Refunds that failed"
      rows={refunds}
      rowKey={(refund) => refund.id}
      columns={[
        {
          header: "Order",
          cell: (refund) => (
            <div>
              <RowLink to={`${staffBase}/orders/${refund.order_number}`}>
                {refund.order_number}
              </RowLink>
              <Text size="sm" c="dimmed">
                {refund.customer_name}, {refund.email}
              </Text>
            </div>
          ),
        },
        {
          header: "Why it failed",
          cell: (refund) => (
            <div>
              {refund.failure || "The gateway gave no reason."}
              <Text size="sm" c="dimmed">
                {destinationOf(refund)}
              </Text>
            </div>
          ),
        },
        {
          header: "Waiting since",
          cell: (refund) => <Timestamp at={refund.failed_at} />,
          kind: "dim",
        },
        { header: "Amount", cell: (refund) => formatMoney(refund.amount), kind: "number" },
        { header: "Actions", cell: (refund) => <RefundActions refund={refund} /> },
      ]}
    />
  );
}

function RefundActions({ refund }: { refund: FailedRefund }) {
  const [isPaying, setPaying] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const retry = $api.useMutation("post", "/refunds/{refund}/retry", {
    onSuccess: async (made) => {
      await refreshRefunds();
      setProblem(null);
      if (made.state === "failed") setProblem("The gateway refused it again.");
      else notifySuccess(`The refund of ${formatMoney(refund.amount)} is made.`);
    },
    onError: setProblem,
  });
  const amount = formatMoney(refund.amount);
  return (
    <Stack gap="xs">
      <Group gap="xs" wrap="nowrap">
        <Button
          size="compact-sm"
          variant="default"
          loading={retry.isPending}
          onClick={() =>
            confirmAction({
              title: `Try the refund of ${amount} again?`,
              message: `The gateway is asked once more to pay ${amount} back for order ${refund.order_number}.`,
              action: "Try again",
              destructive: false,
              onConfirm: () => retry.mutate({ params: { path: { refund: refund.id } } }),
            })
          }
        >
          Try again
        </Button>
        <Button size="compact-sm" variant="default" onClick={() => setPaying(true)}>
          Paid another way
        </Button>
      </Group>
      {problem != null && <FormError message={problem} />}
      <Modal
        opened={isPaying}
        onClose={() => setPaying(false)}
        title={`${amount} was paid another way`}
      >
        <ElsewhereForm refund={refund} onClose={() => setPaying(false)} />
      </Modal>
    </Stack>
  );
}

function ElsewhereForm({ refund, onClose }: { refund: FailedRefund; onClose: () => void }) {
  const [note, setNote] = useState("");
  const [isMissing, setMissing] = useState(false);
  const settle = $api.useMutation("post", "/refunds/{refund}/settle-elsewhere", {
    onSuccess: async () => {
      await refreshRefunds();
      notifySuccess("Noted. The shopper is told.");
      onClose();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (note.trim() === "") setMissing(true);
        else
          settle.mutate({ params: { path: { refund: refund.id } }, body: { note: note.trim() } });
      }}
    >
      <Stack>
        <Text size="sm">
          Only note it once the money was sent. The shopper is told that it was paid another way.
        </Text>
        <Textarea
          label="How it was paid"
          description="For SMP’s team: from which account, when, with which reference."
          autosize
          minRows={2}
          value={note}
          onChange={(event) => {
            setNote(event.currentTarget.value);
            setMissing(false);
          }}
          error={isMissing ? "Say how it was paid." : undefined}
          data-autofocus
        />
        {settle.error != null && <FormError message={settle.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={settle.isPending}>
            Note as paid
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

async function refreshRefunds(): Promise<void> {
  await Promise.all([refresh("/refunds/failed"), refreshOrder()]);
}

function destinationOf({ gateway, method_brand, method_last4 }: FailedRefund): string {
  const brand = humanize(method_brand ?? gateway);
  return method_last4 ? `To ${brand} ending in ${method_last4}` : `To ${brand}`;
}
