import { NativeSelect, NumberInput, Stack, Text } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { kindNames, type SaleKind, type SaleFormValues } from "./saleFormValues";
import styles from "./sales.module.css";

const kindHints: Record<SaleKind, string> = {
  while_supplies_last: "What is on stock, until it is gone.",
  aggregated: "Made to order: towards a target, up to a cap, with a promised date for each order.",
  reservation: "Packages with dates: each slot has its own capacity.",
  voucher: "Buying yields a code for each unit.",
};

/** What kind of sale it is, and what that kind asks for. */
export function SaleFormKind({ form }: { form: UseFormReturnType<SaleFormValues> }) {
  const { kind, mode } = form.values;
  const hint =
    mode === "redirect"
      ? "Your own cart sells while supplies last; dates, slots and codes are for sales paid at SMP."
      : kindHints[kind];
  return (
    <Stack>
      <NativeSelect
        label="Kind of sale"
        description={hint}
        disabled={mode === "redirect"}
        data={Object.entries(kindNames).map(([value, label]) => ({ value, label }))}
        {...form.getInputProps("kind")}
      />
      {kind === "aggregated" && <AggregatedFields form={form} />}
      {kind === "voucher" && (
        <NumberInput
          label="Voucher valid for (days)"
          description="From the day it is bought."
          min={1}
          max={3650}
          allowDecimal={false}
          {...form.getInputProps("voucher_valid_days")}
        />
      )}
    </Stack>
  );
}

function AggregatedFields({ form }: { form: UseFormReturnType<SaleFormValues> }) {
  const cap = form.values.items.reduce((sum, { capacity }) => sum + (Number(capacity) || 0), 0);
  return (
    <>
      <NumberInput
        label="Target quantity"
        description={`What you aim for, shown with its progress. The cap is the capacity of all items: ${cap} at the moment.`}
        min={1}
        allowDecimal={false}
        {...form.getInputProps("target_quantity")}
      />
      <div className={styles.pair}>
        <NumberInput
          label="Ships from (days after the end)"
          min={0}
          max={365}
          allowDecimal={false}
          {...form.getInputProps("ship_min_days")}
        />
        <NumberInput
          label="Ships by (days after the end)"
          min={1}
          max={365}
          allowDecimal={false}
          {...form.getInputProps("ship_max_days")}
        />
      </div>
      <Text size="sm" c="dimmed">
        Each order is promised the last of these days. If it passes with the parcel not shipped, the
        shopper is offered the money back.
      </Text>
    </>
  );
}
