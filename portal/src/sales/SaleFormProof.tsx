import { NativeSelect, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { $api } from "../api/client";
import { useTenant } from "../app/SignedIn";
import { WholeInput } from "../components/WholeInput";
import type { SaleFormValues } from "./saleFormValues";
import styles from "./sales.module.css";

const maxFiles = 100;

/**
 * The guaranteed quantity of an item and its evidence, which a manager verifies before approval.
 */
export function SaleFormProof({
  form,
  index,
}: {
  form: UseFormReturnType<SaleFormValues>;
  index: number;
}) {
  const tenant = useTenant();
  const assets = $api.useQuery("get", "/providers/{tenant}/assets", {
    params: { path: { tenant: tenant.id }, query: { limit: maxFiles } },
  });
  const { evidence_asset_id: chosen } = form.values.items[index] ?? { evidence_asset_id: "" };
  const files = (assets.data?.items ?? []).filter(
    ({ kind, state }) => kind === "pdf" && state !== "uploading" && state !== "withdrawn",
  );
  const isListed = chosen === "" || files.some(({ id }) => id === chosen);
  return (
    <div className={styles.proof}>
      {form.values.kind !== "aggregated" && (
        <WholeInput
          label="Guaranteed quantity"
          placeholder="Same as capacity"
          {...form.getInputProps(`items.${index}.guaranteed_quantity`)}
        />
      )}
      <TextInput
        label="Evidence"
        placeholder="For SMP’s review: how you can guarantee the quantity"
        {...form.getInputProps(`items.${index}.evidence`)}
      />
      <NativeSelect
        label="Evidence file (PDF)"
        data={[
          { value: "", label: "None" },
          ...(isListed ? [] : [{ value: chosen, label: "The current file" }]),
          ...files.map(({ id, filename }) => ({ value: id, label: filename })),
        ]}
        {...form.getInputProps(`items.${index}.evidence_asset_id`)}
      />
    </div>
  );
}
