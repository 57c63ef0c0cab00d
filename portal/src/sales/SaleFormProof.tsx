import { TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { $api } from "../api/client";
import { useTenant } from "../app/SignedIn";
import { SearchSelect, useSearchText } from "../components/SearchSelect";
import { WholeInput } from "../components/WholeInput";
import type { SaleFormValues } from "./saleFormValues";
import styles from "./sales.module.css";

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
  const [q, search] = useSearchText();
  const assets = $api.useQuery("get", "/providers/{tenant}/assets", {
    params: { path: { tenant: tenant.id }, query: { kind: "pdf", q: q || undefined } },
  });
  const { evidence_asset_id: chosen } = form.values.items[index] ?? { evidence_asset_id: "" };
  const current = $api.useQuery(
    "get",
    "/providers/{tenant}/assets/{asset}",
    { params: { path: { tenant: tenant.id, asset: chosen } } },
    { enabled: chosen !== "" },
  );
  const files = (assets.data?.items ?? []).filter(
    ({ state }) => state !== "uploading" && state !== "withdrawn",
  );
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
        description={
          form.values.kind === "aggregated"
            ? "Required to submit: how the items will be made and shipped in time."
            : "To submit, each item needs evidence: a statement, a file, or a stock figure by API."
        }
        placeholder="For SMP’s review: how you can guarantee the quantity"
        {...form.getInputProps(`items.${index}.evidence`)}
      />
      <SearchSelect
        label="Evidence file (PDF)"
        placeholder="None"
        clearable
        current={
          chosen === ""
            ? null
            : { value: chosen, label: current.data?.filename ?? "The current file" }
        }
        found={files.map(({ id, filename }) => ({ value: id, label: filename }))}
        onSearch={search}
        {...form.getInputProps(`items.${index}.evidence_asset_id`)}
      />
    </div>
  );
}
