import { NativeSelect, Stack, Text } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { WholeInput } from "../components/WholeInput";
import { formatCount } from "../format/numbers";
import { wholeValue } from "../format/typedNumber";
import { kindNames, type SaleKind, type SaleFormValues } from "./saleFormValues";
import styles from "./sales.module.css";

const kindHints: Record<SaleKind, string> = {
  while_supplies_last: "Sell what you have in stock until it’s gone.",
  aggregated:
    "Make what is ordered, up to a cap, with a target quantity and a promised date per order.",
  reservation: "Sell packages for fixed dates, each with its own capacity.",
  voucher: "Each unit sold is a voucher code.",
};

const redirectHints: Record<SaleKind, string> = {
  while_supplies_last: "You ship, and report it.",
  aggregated: "You keep the promised date.",
  reservation: "You confirm each reservation, and report it.",
  voucher: "You issue the codes, and report them.",
};

/** The type of a sale and the fields of that type. */
export function SaleFormKind({ form }: { form: UseFormReturnType<SaleFormValues> }) {
  const { kind, mode } = form.values;
  const hint = mode === "redirect" ? `${kindHints[kind]} ${redirectHints[kind]}` : kindHints[kind];
  return (
    <Stack>
      <NativeSelect
        label="Type of sale"
        description={hint}
        data={Object.entries(kindNames).map(([value, label]) => ({ value, label }))}
        {...form.getInputProps("kind")}
      />
      {kind === "aggregated" && <AggregatedFields form={form} />}
      {kind === "voucher" && (
        <WholeInput
          label="Voucher valid for (days)"
          description="Counted from the day of purchase."
          {...form.getInputProps("voucher_valid_days")}
        />
      )}
    </Stack>
  );
}

function AggregatedFields({ form }: { form: UseFormReturnType<SaleFormValues> }) {
  const cap = form.values.items.reduce((sum, { capacity }) => sum + (wholeValue(capacity) ?? 0), 0);
  return (
    <>
      <WholeInput
        label="Target quantity"
        description={`Shoppers see the progress towards it. The cap is the total capacity: ${formatCount(cap)}.`}
        {...form.getInputProps("target_quantity")}
      />
      {form.values.mode === "hosted" && (
        <NativeSelect
          label="If the sale ends below its target"
          description="Shoppers read it before they buy."
          data={[
            { value: "wait", label: "Make and ship the orders all the same" },
            { value: "refund", label: "Refund everyone" },
          ]}
          {...form.getInputProps("when_target_missed")}
        />
      )}
      <div className={styles.pair}>
        <WholeInput
          label="Ships from (days after the end)"
          {...form.getInputProps("ship_min_days")}
        />
        <WholeInput
          label="Ships by (days after the end)"
          {...form.getInputProps("ship_max_days")}
        />
      </div>
      <Text size="sm" c="dimmed">
        {form.values.mode === "redirect"
          ? "The page names the last of these days as your promise."
          : "Each order is promised to ship by the last of these days. If you miss it, the shopper is offered a refund."}
      </Text>
    </>
  );
}
