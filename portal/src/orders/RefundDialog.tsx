import { Button, Checkbox, Group, Modal, Radio, Stack, Text, Textarea } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Order } from "../api/types";
import { FormError } from "../components/FormError";
import { MoneyInput } from "../components/MoneyInput";
import { notifyError, notifySuccess } from "../components/notify";
import { useFormErrors } from "../components/useFormErrors";
import { formatMoney } from "../format/money";
import { moneyError, moneyValue } from "../format/typedNumber";
import { refreshOrder } from "./refreshOrder";
import { RefundLinesInput } from "./RefundLinesInput";
import {
  amountOf,
  linesOfOrder,
  totalOf,
  unchosen,
  unitsOf,
  type ChosenLine,
  type RefundableLine,
} from "./refundLines";

interface RefundDialogProps {
  order: Order;
  opened: boolean;
  onClose: () => void;
}

export function RefundDialog({ order, opened, onClose }: RefundDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Refund order ${order.number}`}>
      <RefundForm order={order} onClose={onClose} />
    </Modal>
  );
}

interface RefundValues {
  reason: string;
  note: string;
  restock: boolean;
  part: "all" | "units" | "some";
  /** By the id of the line. */
  chosen: Record<string, ChosenLine>;
  /** As typed. */
  amount: string;
}

function RefundForm({ order, onClose }: { order: Order; onClose: () => void }) {
  const { currency } = order.total;
  const left = order.paid.amount - order.refunded.amount;
  const lines = linesOfOrder(order);
  // One key per opening of the dialog, so that a repeated request refunds only once.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const form = useForm<RefundValues>({
    initialValues: {
      reason: "",
      note: "",
      restock: !order.parcels.some(({ shipments }) => shipments.length > 0),
      part: "all",
      chosen: Object.fromEntries(lines.map((line) => [line.id, unchosen(line)])),
      amount: "",
    },
    validate: {
      reason: isNotEmpty("Give a reason. The shopper will read it."),
      chosen: (chosen, { part }) => {
        if (part !== "units") return null;
        const isWrong = (line: RefundableLine) =>
          unitsOf(line, chosen[line.id]?.quantity ?? "") === null;
        if (lines.some(isWrong)) return "Enter how many units to refund, of those that are left.";
        return totalOf(lines, chosen) === 0 ? "Enter at least one unit." : null;
      },
      amount: (text, { part }) => {
        if (part !== "some") return null;
        const problem = moneyError(text, currency, "Enter an amount.");
        if (problem !== null) return problem;
        const value = moneyValue(text, currency) ?? 0;
        if (value === 0) return "Enter an amount above zero.";
        return value > left
          ? `You can refund at most ${formatMoney({ amount: left, currency })}.`
          : null;
      },
    },
  });
  const errors = useFormErrors(form, { amount_minor: "amount" });
  const refund = $api.useMutation("post", "/orders/{number}/refunds", {
    // The answer tells of one payment; a refund may go back to two.
    onSuccess: async (answer, { body }) => {
      await Promise.all([refreshOrder(), refresh("/conversations/{conversation}")]);
      const named = body.lines?.reduce((sum, line) => sum + (line.amount_minor ?? 0), 0);
      const amount = body.amount_minor ?? named ?? left;
      if (answer.state === "failed")
        notifyError(
          new Error("The gateway refused it. It is listed with the refunds that failed."),
        );
      else notifySuccess(`Refunded ${formatMoney({ amount, currency })}.`);
      onClose();
    },
    onError: errors.show,
  });
  const amounts = {
    all: left,
    units: totalOf(lines, form.values.chosen),
    some: moneyValue(form.values.amount, currency),
  };
  const amount = amounts[form.values.part];
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit(({ reason, note, restock, part, chosen, amount: typed }) => {
        const minor = part === "some" ? moneyValue(typed, currency) : null;
        refund.mutate({
          params: { path: { number: order.number }, header: { "Idempotency-Key": idempotencyKey } },
          body: {
            reason: reason.trim(),
            note: note.trim(),
            ...(part === "all" && { restock }),
            ...(minor !== null && { amount_minor: minor }),
            ...(part === "units" && { lines: lines.flatMap((line) => asked(line, chosen)) }),
          },
        });
      })}
    >
      <Stack>
        <FormError message={errors.general} />
        <Radio.Group label="Amount to refund" {...form.getInputProps("part")}>
          <Stack gap="xs" mt={4}>
            <Radio
              value="all"
              label={`Full remaining amount, ${formatMoney({ amount: left, currency })}`}
            />
            <Radio value="units" label="Some units" disabled={!mayNameUnits(order, lines)} />
            <Radio value="some" label="Part of it" description="Goodwill: no units are returned." />
          </Stack>
        </Radio.Group>
        {form.values.part === "units" && (
          <div>
            <RefundLinesInput
              lines={lines}
              chosen={form.values.chosen}
              onChange={(id, line) =>
                form.setFieldValue("chosen", { ...form.values.chosen, [id]: line })
              }
            />
            {form.errors.chosen && (
              <Text role="alert" size="sm" c="red" mt="xs">
                {form.errors.chosen}
              </Text>
            )}
          </div>
        )}
        {form.values.part === "some" && (
          <MoneyInput label="Amount" currency={currency} {...form.getInputProps("amount")} />
        )}
        <Textarea
          label="Reason for the shopper"
          description="Emailed to the shopper and shown with the order."
          autosize
          minRows={2}
          {...form.getInputProps("reason")}
          data-autofocus
        />
        <Textarea
          label="Internal note"
          description="Optional. Only SMP’s team sees it."
          autosize
          minRows={2}
          {...form.getInputProps("note")}
        />
        {form.values.part === "all" && (
          <Checkbox
            label="Put the units back on sale"
            description="Leave it off when the goods have not come back or cannot be sold again."
            {...form.getInputProps("restock", { type: "checkbox" })}
          />
        )}
        <Text size="sm" c="dimmed">
          The money goes back to the original payment method. This cannot be undone.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={refund.isPending}>
            Refund {amount !== null && formatMoney({ amount, currency })}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** The units of a line that are asked for, at the price that is shown. */
function asked(line: RefundableLine, chosen: Record<string, ChosenLine>) {
  const choice = chosen[line.id];
  const quantity = choice ? (unitsOf(line, choice.quantity) ?? 0) : 0;
  if (!choice || quantity === 0) return [];
  const amount_minor = amountOf(line, quantity);
  return [{ line_id: line.id, quantity, amount_minor, restock: choice.restock }];
}

/** Units are refunded of what is paid in full and was not cancelled. */
function mayNameUnits(order: Order, lines: RefundableLine[]): boolean {
  return lines.length > 0 && order.state !== "cancelled" && !order.rest_is_due;
}
