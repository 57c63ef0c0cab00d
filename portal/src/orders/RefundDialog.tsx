import { Button, Group, Modal, Radio, Stack, Text, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Order } from "../api/types";
import { FormError } from "../components/FormError";
import { MoneyInput } from "../components/MoneyInput";
import { notifySuccess } from "../components/notify";
import { useFormErrors } from "../components/useFormErrors";
import { formatMoney } from "../format/money";

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
  part: "all" | "some";
  amount_minor: number | null;
}

function RefundForm({ order, onClose }: { order: Order; onClose: () => void }) {
  const { currency } = order.total;
  const left = order.total.amount - order.refunded.amount;
  // One key for one opening of the dialog: pressing twice, or again after a broken connection, refunds once.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const form = useForm<RefundValues>({
    initialValues: { reason: "", part: "all", amount_minor: null },
    validate: {
      reason: (value) => (value.trim() === "" ? "Give a reason; it is kept with the order." : null),
      amount_minor: (value, { part }) => {
        if (part === "all") return null;
        if (value === null || value <= 0) return "Enter an amount.";
        return value > left
          ? `At most ${formatMoney({ amount: left, currency })} is left to refund.`
          : null;
      },
    },
  });
  const errors = useFormErrors(form);
  const refund = $api.useMutation("post", "/orders/{number}/refunds", {
    onSuccess: async ({ amount }) => {
      await refresh("/orders", "/orders/{number}", "/conversations/{conversation}");
      notifySuccess(`${formatMoney(amount)} is refunded.`);
      onClose();
    },
    onError: errors.show,
  });
  const amount = form.values.part === "all" ? left : (form.values.amount_minor ?? 0);
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit(({ reason, part, amount_minor }) => {
        refund.mutate({
          params: { path: { number: order.number }, header: { "Idempotency-Key": idempotencyKey } },
          body: {
            reason: reason.trim(),
            ...(part === "some" && amount_minor !== null && { amount_minor }),
          },
        });
      })}
    >
      <Stack>
        <FormError message={errors.general} />
        <Radio.Group label="How much" {...form.getInputProps("part")}>
          <Stack gap="xs" mt={4}>
            <Radio
              value="all"
              label={`All that is left, ${formatMoney({ amount: left, currency })}`}
            />
            <Radio value="some" label="A part of it" />
          </Stack>
        </Radio.Group>
        {form.values.part === "some" && (
          <MoneyInput label="Amount" currency={currency} {...form.getInputProps("amount_minor")} />
        )}
        <Textarea
          label="Reason"
          autosize
          minRows={2}
          {...form.getInputProps("reason")}
          data-autofocus
        />
        <Text size="sm" c="dimmed">
          The money goes back the way it came. This cannot be undone.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button type="submit" loading={refund.isPending}>
            Refund {formatMoney({ amount, currency })}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
