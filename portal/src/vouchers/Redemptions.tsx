import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import { byCursor } from "../api/pages";
import type { VoucherRedemption } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { DataTable } from "../components/DataTable";
import { notifySuccess } from "../components/notify";
import { PagedList } from "../components/PagedList";
import { Panel } from "../components/Panel";
import { ReasonDialog } from "../components/ReasonDialog";
import { Timestamp } from "../components/Timestamp";
import { formatDateTime } from "../format/time";

const listPath = "/providers/{tenant}/vouchers/redemptions";
const anywhere = { overflowWrap: "anywhere" } as const;

/** What was redeemed, the newest first, with what was reversed. */
export function Redemptions({ onReversed }: { onReversed: () => void }) {
  const tenant = useTenant();
  const [reversing, setReversing] = useState<VoucherRedemption | null>(null);
  const redemptions = $api.useInfiniteQuery(
    "get",
    listPath,
    { params: { path: { tenant: tenant.id } } },
    byCursor,
  );
  return (
    <Panel title="Redemptions">
      <PagedList
        query={redemptions}
        empty={
          <Text size="sm" c="dimmed">
            No voucher has been redeemed yet. When a shopper brings one, enter its code above: you
            see what it is for and whether it is still valid, and can redeem it. Every redemption is
            listed here.
          </Text>
        }
      >
        {(items) => <RedemptionTable redemptions={items} onReverse={setReversing} />}
      </PagedList>
      {reversing && (
        <ReversalDialog
          redemption={reversing}
          onClose={() => setReversing(null)}
          onReversed={onReversed}
        />
      )}
    </Panel>
  );
}

interface RedemptionTableProps {
  redemptions: VoucherRedemption[];
  onReverse: (redemption: VoucherRedemption) => void;
}

function RedemptionTable({ redemptions, onReverse }: RedemptionTableProps) {
  return (
    <DataTable
      label="Redemptions"
      rows={redemptions}
      rowKey={(redemption) => redemption.id}
      columns={[
        { header: "Redeemed", cell: (redemption) => <Timestamp at={redemption.redeemed_at} /> },
        {
          header: "Voucher",
          cell: (redemption) => (
            <div style={anywhere}>
              <Text fw={550}>{redemption.title}</Text>
              <Text size="sm" c="dimmed">
                {[redemption.item_name, `…${redemption.code_ending}`].filter(Boolean).join(", ")}
              </Text>
            </div>
          ),
        },
        { header: "Order", cell: (redemption) => redemption.order_number },
        {
          header: "Reference",
          cell: ({ reference }) => <span style={anywhere}>{reference || "–"}</span>,
        },
        {
          header: "By",
          cell: (redemption) => <span style={anywhere}>{redemption.redeemed_by}</span>,
        },
        {
          header: "Reversal",
          cell: (redemption) =>
            redemption.reversed_at == null ? (
              <Button
                size="xs"
                variant="default"
                aria-label={`Reverse ${redemption.title}, …${redemption.code_ending}`}
                onClick={() => onReverse(redemption)}
              >
                Reverse
              </Button>
            ) : (
              <Text size="sm" c="dimmed" style={anywhere}>
                {reversal(redemption, redemption.reversed_at)}
              </Text>
            ),
        },
      ]}
    />
  );
}

function reversal({ reversed_by, reversal_reason }: VoucherRedemption, at: string): string {
  const by = reversed_by == null ? "" : ` by ${reversed_by}`;
  return `Reversed on ${formatDateTime(at)}${by}: ${reversal_reason}`;
}

interface ReversalDialogProps {
  redemption: VoucherRedemption;
  onClose: () => void;
  onReversed: () => void;
}

function ReversalDialog({ redemption, onClose, onReversed }: ReversalDialogProps) {
  const tenant = useTenant();
  const reverse = $api.useMutation(
    "post",
    "/providers/{tenant}/vouchers/redemptions/{redemption}/reversal",
    {
      onSuccess: async () => {
        onReversed();
        await refresh(listPath);
        notifySuccess("Redemption reversed.");
        onClose();
      },
    },
  );
  return (
    <ReasonDialog
      opened
      onClose={onClose}
      title="Reverse this redemption?"
      message={`${redemption.title}, code ending …${redemption.code_ending}. The voucher can be redeemed again until it expires.`}
      action="Reverse redemption"
      destructive
      readers="Your team reads it in the list."
      pending={reverse.isPending}
      error={reverse.error}
      onSubmit={(reason) =>
        reverse.mutate({
          params: { path: { tenant: tenant.id, redemption: redemption.id } },
          body: { reason },
        })
      }
    />
  );
}
