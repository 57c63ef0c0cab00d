import { Checkbox, Stack } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { InstantInput } from "../components/InstantInput";
import type { SaleFormValues } from "./saleFormValues";
import styles from "./sales.module.css";

/** The registration period, and whether only registered shoppers can buy. */
export function SaleFormRegistration({
  form,
  zone,
}: {
  form: UseFormReturnType<SaleFormValues>;
  zone: string | undefined;
}) {
  return (
    <Stack>
      <div className={styles.pair}>
        <InstantInput
          label="Registration opens"
          zone={zone}
          description="Leave both empty for a sale without registration."
          {...form.getInputProps("registration_opens_at")}
        />
        <InstantInput
          label="Registration closes"
          zone={zone}
          description="No later than the end of the sale."
          {...form.getInputProps("registration_closes_at")}
        />
      </div>
      <Checkbox
        label="Registered shoppers only"
        description="Other shoppers can see the sale and are told why they can’t buy."
        {...form.getInputProps("registered_only", { type: "checkbox" })}
      />
    </Stack>
  );
}
