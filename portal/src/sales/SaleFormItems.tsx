import { Button, Group, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import type { Offer } from "../api/types";
import { FormError } from "../components/FormError";
import { MoneyInput } from "../components/MoneyInput";
import { discountPercent, formatMoney } from "../format/money";
import { formatShare } from "../format/numbers";
import { SaleFormProof } from "./SaleFormProof";
import { itemsOfOffer, type SaleFormValues } from "./saleFormValues";
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
      {typeof form.errors.items === "string" && <FormError message={form.errors.items} />}
      {items.map((item, index) => (
        <div
          key={`${item.item_id} ${index}`}
          role="group"
          aria-label={item.name}
          className={styles.item}
        >
          <div>
            <Text fw={550}>{item.name}</Text>
            <Text size="sm" c="dimmed">
              {priceComparison(offer, item.item_id, item.price_minor)}
            </Text>
          </div>
          <MoneyInput
            label="Sale price"
            currency={item.currency}
            {...form.getInputProps(`items.${index}.price_minor`)}
          />
          <NumberInput
            label={kind === "aggregated" ? "Capacity (share of the total cap)" : "Capacity"}
            min={1}
            allowDecimal={false}
            {...form.getInputProps(`items.${index}.capacity`)}
          />
          <NumberInput
            label="Limit per shopper"
            min={1}
            allowDecimal={false}
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
          {mode === "hosted" && <SaleFormProof form={form} index={index} />}
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

function priceComparison(offer: Offer | undefined, itemId: string, price: number | null): string {
  const item = offer?.items.find(({ id }) => id === itemId);
  if (!item) return "";
  const compared = item.compare_at ?? item.price;
  const off = price === null ? null : discountPercent(price, compared.amount);
  return off === null
    ? `Regular price ${formatMoney(compared)}`
    : `Regular price ${formatMoney(compared)}, ${formatShare(off / 100)} off`;
}
