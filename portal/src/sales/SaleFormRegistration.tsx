import { Checkbox, Stack, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { localZone } from "../format/time";
import type { SaleFormValues } from "./saleFormValues";
import styles from "./sales.module.css";

/** When one can register, and whether only the registered can buy; without times a sale has no registration. */
export function SaleFormRegistration({ form }: { form: UseFormReturnType<SaleFormValues> }) {
  return (
    <Stack>
      <div className={styles.pair}>
        <TextInput
          type="datetime-local"
          label="Registration opens"
          description={`Leave both empty for a sale without registration. ${localZone()}`}
          {...form.getInputProps("registration_opens_at")}
        />
        <TextInput
          type="datetime-local"
          label="Registration closes"
          description={`When the sale ends, at the latest. ${localZone()}`}
          {...form.getInputProps("registration_closes_at")}
        />
      </div>
      <Checkbox
        label="Only the registered can buy"
        description="Everybody else sees the sale, and why they cannot buy."
        {...form.getInputProps("registered_only", { type: "checkbox" })}
      />
    </Stack>
  );
}
