import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { MoneyInput } from "../components/MoneyInput";
import { FieldError } from "../components/FieldError";
import type { OfferFormValues } from "./offerFormValues";
import styles from "./offers.module.css";

/** The variants of an offer, one group of fields each. */
export function OfferItems({
  form,
  readOnly,
}: {
  form: UseFormReturnType<OfferFormValues>;
  readOnly: boolean;
}) {
  const { currency, items } = form.values;
  return (
    <Stack gap={0}>
      {items.length === 0 && (
        <Text size="sm" c="dimmed">
          An offer needs at least one item.
        </Text>
      )}
      <FieldError field={form.getInputProps("items")} />
      {items.map((item, index) => (
        <div
          key={item.id ?? `new-${index}`}
          role="group"
          aria-label={`Item ${index + 1}`}
          className={styles.item}
        >
          <TextInput
            label="Name"
            placeholder="Large, blue"
            {...form.getInputProps(`items.${index}.name`)}
          />
          <TextInput label="SKU" {...form.getInputProps(`items.${index}.sku`)} />
          <MoneyInput
            label="Price"
            currency={currency}
            {...form.getInputProps(`items.${index}.price`)}
          />
          <MoneyInput
            label="Compare-at price"
            currency={currency}
            {...form.getInputProps(`items.${index}.compare_at`)}
          />
          <TextInput
            label="Attributes"
            placeholder="Colour: blue, Size: L"
            className={styles.wide ?? ""}
            {...form.getInputProps(`items.${index}.attributes`)}
          />
          {!readOnly && (
            <Group justify="flex-end" align="flex-end">
              <Button
                size="compact-sm"
                mb={5}
                variant="subtle"
                color="gray"
                c="var(--mantine-color-text)"
                disabled={items.length === 1}
                onClick={() => form.removeListItem("items", index)}
                aria-label={`Remove item ${index + 1}`}
              >
                Remove
              </Button>
            </Group>
          )}
        </div>
      ))}
    </Stack>
  );
}
