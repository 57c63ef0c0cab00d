import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Parcel } from "../api/types";
import { useHasRole, useTenant } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { notifyError, notifySuccess } from "../components/notify";
import { formatMoney } from "../format/money";
import { RefundLinesInput } from "../orders/RefundLinesInput";
import { totalOf, unchosen, unitsOf, type RefundableLine } from "../orders/refundLines";

/** The button by which a provider refunds units of its own parcel. */
export function ParcelRefund({ parcel }: { parcel: Parcel }) {
  const [opened, { open, close }] = useDisclosure();
  const mayRefund = useHasRole("owner", "fulfilment");
  const lines = linesOfParcel(parcel);
  if (!mayRefund || lines.length === 0 || !isRefundable(parcel)) return null;
  return (
    <>
      <Button variant="default" onClick={open}>
        Refund
      </Button>
      <Modal opened={opened} onClose={close} title={`Refund units of order ${parcel.order_number}`}>
        <ParcelRefundForm parcel={parcel} lines={lines} onClose={close} />
      </Modal>
    </>
  );
}

interface ParcelRefundFormProps {
  parcel: Parcel;
  lines: RefundableLine[];
  onClose: () => void;
}

function ParcelRefundForm({ parcel, lines, onClose }: ParcelRefundFormProps) {
  const tenant = useTenant();
  const { currency } = parcel.subtotal;
  // One key per opening of the dialog, so that a repeated request refunds only once.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [chosen, setChosen] = useState(() =>
    Object.fromEntries(lines.map((line) => [line.id, unchosen(line)])),
  );
  const [reason, setReason] = useState("");
  const [note, setNote] = useState("");
  const [tried, setTried] = useState(false);
  const refund = $api.useMutation("post", "/providers/{tenant}/parcels/{parcel}/refunds", {
    onSuccess: async (made) => {
      await refresh(
        "/providers/{tenant}/parcels",
        "/providers/{tenant}/parcels/{parcel}",
        "/providers/{tenant}/parcels/{parcel}/history",
      );
      if (made.state === "failed")
        notifyError(new Error("The bank refused the refund. SMP was told of it and sees to it."));
      else notifySuccess(`Refunded ${formatMoney(made.amount)}.`);
      onClose();
    },
  });
  const units = lines.map((line) => unitsOf(line, chosen[line.id]?.quantity ?? ""));
  const areUnitsRight = !units.includes(null) && units.some((count) => count !== 0);
  const total = totalOf(lines, chosen);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!areUnitsRight || reason.trim() === "") return;
        refund.mutate({
          params: {
            path: { tenant: tenant.id, parcel: parcel.id },
            header: { "Idempotency-Key": idempotencyKey },
          },
          body: {
            reason: reason.trim(),
            note: note.trim(),
            lines: lines.flatMap((line, nth) => {
              const [quantity, choice] = [units[nth], chosen[line.id]];
              if (!quantity || !choice) return [];
              return [{ line_id: line.id, quantity, restock: choice.restock }];
            }),
          },
        });
      }}
    >
      <Stack>
        {refund.error != null && <FormError message={refund.error} />}
        <RefundLinesInput
          lines={lines}
          chosen={chosen}
          onChange={(id, line) => setChosen({ ...chosen, [id]: line })}
        />
        {tried && !areUnitsRight && (
          <Text role="alert" size="sm" c="red">
            Enter how many units to refund, at least one.
          </Text>
        )}
        <Textarea
          label="Reason for the shopper"
          description="Emailed to the shopper and shown with the order."
          autosize
          minRows={2}
          value={reason}
          error={tried && reason.trim() === "" && "Give a reason. The shopper will read it."}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Textarea
          label="Internal note"
          description="Optional. Your team and SMP’s see it, and the shopper does not."
          autosize
          minRows={2}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed">
          The money goes back to the original payment method. What was refunded or let off before is
          taken into account. This cannot be undone.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={refund.isPending}>
            {total > 0 ? `Refund up to ${formatMoney({ amount: total, currency })}` : "Refund"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The lines of a parcel of which units are left, at their full price. */
function linesOfParcel(parcel: Parcel): RefundableLine[] {
  return parcel.lines
    .map((line) => {
      const unitsLeft = line.quantity - line.refunded_quantity;
      return {
        id: line.id,
        name: `${line.title}, ${line.item_name}`,
        unitsLeft,
        left: line.unit_price.amount * unitsLeft,
        wasShipped: parcel.shipments.length > 0,
      };
    })
    .filter((line) => line.unitsLeft > 0);
}

/** Whether it is paid, and not over. */
function isRefundable({ status, cash }: Parcel): boolean {
  const closed = ["awaiting_payment", "awaiting_rest", "refunded", "refused_at_door", "cancelled"];
  return !closed.includes(status) && cash == null;
}
