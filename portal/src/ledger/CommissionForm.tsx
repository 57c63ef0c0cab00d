import { Button, Group, NativeSelect, Radio, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { CommissionRuleInput } from "../api/types";
import { FormError } from "../components/FormError";
import { MoneyInput } from "../components/MoneyInput";
import { notifySuccess } from "../components/notify";
import { SearchSelect, useSearchText } from "../components/SearchSelect";
import { useFormErrors } from "../components/useFormErrors";
import { currencyOptions } from "../format/reference";
import { moneyError, moneyValue } from "../format/typedNumber";
import { kindNames } from "../sales/saleFormValues";
import { ppmOf } from "./percent";

const kinds = [
  { value: "", label: "All kinds" },
  ...Object.entries(kindNames).map(([value, label]) => ({ value, label })),
];
const apiToFormField = {
  ppm: "percent",
  fixed_minor: "fixed",
  provider_id: "provider",
  sale_id: "sale",
};

interface CommissionValues {
  scope: "all" | "provider" | "sale";
  provider: string;
  /** The ids of a sale's provider and of the sale, parted by a slash. */
  sale: string;
  kind: string;
  currency: string;
  /** As typed. */
  percent: string;
  fixed: string;
}

/** Sets what SMP takes of some sales. */
export function CommissionForm({ onClose }: { onClose: () => void }) {
  const form = useForm<CommissionValues>({
    initialValues: {
      scope: "all",
      provider: "",
      sale: "",
      kind: "",
      currency: "",
      percent: "",
      fixed: "",
    },
    validate: {
      provider: (value, { scope }) =>
        scope === "provider" && value === "" ? "Choose the provider." : null,
      sale: (value, { scope }) => (scope === "sale" && value === "" ? "Choose the sale." : null),
      percent: (text) =>
        ppmOf(text) === null ? "Enter a percentage from 0 to 100, such as 12.5." : null,
      fixed: (text, { currency }) => (currency === "" ? null : moneyError(text, currency, null)),
    },
  });
  const errors = useFormErrors(form, apiToFormField);
  const set = $api.useMutation("put", "/commission-rules", {
    onSuccess: async () => {
      await refresh("/commission-rules");
      notifySuccess("Rule set.");
      onClose();
    },
    onError: errors.show,
  });
  const { scope, currency, provider, sale } = form.values;
  return (
    <form noValidate onSubmit={errors.onSubmit((values) => set.mutate({ body: inputOf(values) }))}>
      <Stack>
        <FormError message={errors.general} />
        <Radio.Group label="For" {...form.getInputProps("scope")}>
          <Stack gap="xs" mt={4}>
            <Radio value="all" label="Every provider" />
            <Radio value="provider" label="One provider" />
            <Radio value="sale" label="One sale" />
          </Stack>
        </Radio.Group>
        {scope === "provider" && (
          <ProviderSelect value={provider} field={form.getInputProps("provider")} />
        )}
        {scope === "sale" && <SaleSelect value={sale} field={form.getInputProps("sale")} />}
        {scope !== "sale" && (
          <NativeSelect label="Kind of sale" data={kinds} {...form.getInputProps("kind")} />
        )}
        <NativeSelect
          label="Currency"
          description="An amount for each unit needs its currency."
          data={[{ value: "", label: "All currencies" }, ...currencyOptions()]}
          {...form.getInputProps("currency")}
        />
        <TextInput
          label="Share of the line"
          inputMode="decimal"
          rightSection="%"
          {...form.getInputProps("percent")}
        />
        {currency !== "" && (
          <MoneyInput
            label="For each unit"
            description="Optional."
            currency={currency}
            {...form.getInputProps("fixed")}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={set.isPending}>
            Set rule
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What the API is sent. */
function inputOf(values: CommissionValues): CommissionRuleInput {
  const { scope, provider, sale, kind, currency, percent, fixed } = values;
  const [seller = "", id = ""] = sale.split("/");
  return {
    ppm: ppmOf(percent) ?? 0,
    ...(scope === "provider" && { provider_id: provider }),
    ...(scope === "sale" && { provider_id: seller, sale_id: id }),
    ...(scope !== "sale" && kind !== "" && { kind: kind as keyof typeof kindNames }),
    ...(currency !== "" && { currency, fixed_minor: moneyValue(fixed, currency) ?? 0 }),
  };
}

interface Field {
  value?: string;
  onChange: (value: string) => void;
}

function ProviderSelect({ value, field }: { value: string; field: Field }) {
  const [text, setText] = useSearchText();
  const found = $api.useQuery("get", "/providers", {
    params: { query: { q: text || undefined, limit: 20 } },
  });
  const options = (found.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <SearchSelect
      label="Provider"
      {...field}
      current={options.find((option) => option.value === value) ?? null}
      found={options}
      onSearch={setText}
    />
  );
}

function SaleSelect({ value, field }: { value: string; field: Field }) {
  const [text, setText] = useSearchText();
  const found = $api.useQuery("get", "/sales-overview", {
    params: { query: { q: text || undefined, limit: 20 } },
  });
  const options = (found.data?.items ?? []).map(({ id, title, tenant }) => ({
    value: `${tenant.id}/${id}`,
    label: `${title}, ${tenant.name}`,
  }));
  return (
    <SearchSelect
      label="Sale"
      {...field}
      current={options.find((option) => option.value === value) ?? null}
      found={options}
      onSearch={setText}
    />
  );
}
