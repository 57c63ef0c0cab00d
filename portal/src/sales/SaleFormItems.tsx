import { Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import type { Offer } from "../api/types";
import { FieldError } from "../components/FieldError";
import { MoneyInput } from "../components/MoneyInput";
import { WholeInput } from "../components/WholeInput";
import { discountPercent, formatMoney } from "../format/money";
import { formatShare } from "../format/numbers";
import { moneyValue } from "../format/typedNumber";
import { SaleFormProof } from "./SaleFormProof";
import {
  itemsOfOffer,
  type SaleFormValues,
  type SaleItemFormValues,
  takesDeposit,
} from "./saleFormValues";
import styles from "./sales.module.css";

interface SaleFormItemsProps {
  form: UseFormReturnType<SaleFormValues>;
  offer: Offer | undefined;
  readOnly: boolean;
}

/** The offer's items on sale, with price, capacity and limit per shopper. */
export function SaleFormItems({ form, offer, readOnly }: SaleFormItemsProps) {
  const { items, kind, mode } = form.values;
  const dated = kind === "reservation";
  // A dated package can be added once per date.
  const left = offer
    ? itemsOfOffer(offer).filter(
        (candidate) => dated || !items.some(({ item_id }) => item_id === candidate.item_id),
      )
    : [];
  return (
    <Stack gap={0}>
      {items.length === 0 && (
        <Text size="sm" c="dimmed">
          {offer
            ? "Add the items to put on sale."
            : "Choose an offer first. Its items will appear here."}
        </Text>
      )}
      <FieldError field={form.getInputProps("items")} />
      {items.map((item, index) => (
        <div
          key={`${item.item_id} ${index}`}
          role="group"
          aria-label={item.name}
          className={styles.item}
        >
          <div>
            <Text fw={550}>{item.name}</Text>
            <PriceComparison offer={offer} item={item} />
          </div>
          <MoneyInput
            label="Sale price"
            currency={item.currency}
            {...form.getInputProps(`items.${index}.price`)}
          />
          <WholeInput
            label={kind === "aggregated" ? "Capacity (share of the total cap)" : "Capacity"}
            {...form.getInputProps(`items.${index}.capacity`)}
          />
          <WholeInput
            label="Limit per shopper"
            {...form.getInputProps(`items.${index}.limit_per_shopper`)}
          />
          {!readOnly && (
            <Button
              size="compact-sm"
              variant="subtle"
              color="gray"
              c="var(--mantine-color-text)"
              mt={28}
              aria-label={`Remove ${item.name}`}
              onClick={() => form.removeListItem("items", index)}
            >
              Remove
            </Button>
          )}
          {dated && (
            <div className={styles.slot}>
              <TextInput
                type="date"
                label="First day"
                {...form.getInputProps(`items.${index}.slot_starts_on`)}
              />
              <TextInput
                type="date"
                label="Last day"
                {...form.getInputProps(`items.${index}.slot_ends_on`)}
              />
            </div>
          )}
          {takesDeposit({ kind, mode }) && (
            <div className={styles.slot}>
              <MoneyInput
                label="Deposit"
                description="Due when a shopper buys. Empty: the whole price."
                currency={item.currency}
                {...form.getInputProps(`items.${index}.deposit`)}
              />
              <TextInput
                type="date"
                label="Rest due by"
                description="After the sale’s end."
                {...form.getInputProps(`items.${index}.rest_due_on`)}
              />
            </div>
          )}
          {mode === "hosted" && kind !== "voucher" && item.deposit !== "" && (
            <Checkbox
              label="Refund the deposit when the rest is not paid, or the shopper cancels"
              description="SMP reminds the shopper, waits for 3 days after the date, then cancels the order. Shoppers read this before they buy."
              {...form.getInputProps(`items.${index}.deposit_refundable`, { type: "checkbox" })}
            />
          )}
          <SaleFormProof form={form} index={index} />
        </div>
      ))}
      {!readOnly && left.length > 0 && (
        <Group gap="xs" mt="md">
          {left.map((candidate) => (
            <Button
              key={candidate.item_id}
              size="xs"
              variant="default"
              onClick={() => form.insertListItem("items", candidate)}
            >
              Add {dated && "dates of "}
              {candidate.name}
            </Button>
          ))}
        </Group>
      )}
    </Stack>
  );
}

const unusualDiscountPercent = 80;

/** The regular price and the discount; a warning when the discount is so high that it may be a slip. */
function PriceComparison({ offer, item }: { offer: Offer | undefined; item: SaleItemFormValues }) {
  const offered = offer?.items.find(({ id }) => id === item.item_id);
  if (!offered) return null;
  const regular = offered.compare_at ?? offered.price;
  const price = moneyValue(item.price, item.currency);
  const off = price === null ? null : discountPercent(price, regular.amount);
  return (
    <>
      <Text size="sm" c="dimmed">
        Regular price {formatMoney(regular)}
        {off !== null && `, ${formatShare(off / 100)} off`}
      </Text>
      {off !== null && off > unusualDiscountPercent && (
        <Text size="sm" className={styles.warning ?? ""} role="status">
          More than {formatShare(unusualDiscountPercent / 100)} off. Is this price right?
        </Text>
      )}
    </>
  );
}
