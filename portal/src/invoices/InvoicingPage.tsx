import { Alert, Button, Group, List, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, api, refresh, required } from "../api/client";
import type { Invoicing } from "../api/types";
import { ifMatch } from "../api/version";
import { useTenant, useWorkspace } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";
import { countryOptions } from "../format/reference";
import { readRate, writeRate } from "./rate";

/** Who issues a provider's invoices, and what they say of it, for its owner. */
export function InvoicingPage() {
  const tenant = useTenant();
  const { base } = useWorkspace();
  const invoicing = $api.useQuery("get", "/providers/{tenant}/invoicing", {
    params: { path: { tenant: tenant.id } },
  });
  return (
    <>
      <PageHeader
        title="Invoice settings"
        lead="Who issues the invoices for what you sell, and what they say of you."
        back={{ to: `${base}/invoices`, label: "Invoices" }}
      />
      <Loaded query={invoicing}>
        {(data) => (
          <Stack gap="lg" maw={720}>
            <Missing invoicing={data} />
            <InvoicingForm tenant={tenant.id} invoicing={data} />
          </Stack>
        )}
      </Loaded>
    </>
  );
}

const labels: Record<string, string> = {
  invoiced_by: "who issues the invoices",
  legal_name: "legal name",
  line1: "street and number",
  line2: "second line of the address",
  postal_code: "postal code",
  city: "city",
  country: "country",
  tax_id: "VAT ID or tax number",
  register: "register",
  number_prefix: "beginning of the numbers",
  tax_rate: "tax rate",
};

function Missing({ invoicing }: { invoicing: Invoicing }) {
  if (invoicing.invoiced_by === "provider" || invoicing.missing.length === 0) return null;
  return (
    <Alert color="brick" title="SMP cannot issue your invoices yet" role="status">
      <Text size="sm">
        {invoicing.waiting === 0
          ? "Invoices for what you sell will wait until you have entered this:"
          : `${invoicing.waiting} ${invoicing.waiting === 1 ? "invoice waits" : "invoices wait"} until you have entered this:`}
      </Text>
      <List size="sm">
        {invoicing.missing.map((field) => (
          <List.Item key={field}>{labels[field] ?? field}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

interface Values {
  invoiced_by: Invoicing["invoiced_by"];
  legal_name: string;
  line1: string;
  line2: string;
  postal_code: string;
  city: string;
  country: string;
  tax_id: string;
  register: string;
  number_prefix: string;
  /** In percent, as typed. */
  tax_rate: string;
}

function valuesOf(invoicing: Invoicing): Values {
  const { invoiced_by, legal_name, line1, line2, postal_code, city } = invoicing;
  const { country, tax_id, register } = invoicing;
  return {
    ...{ invoiced_by, legal_name, line1, line2, postal_code, city, country, tax_id, register },
    number_prefix: invoicing.number_prefix ?? "",
    tax_rate: writeRate(invoicing.tax_rate_ppm),
  };
}

function InvoicingForm({ tenant, invoicing }: { tenant: string; invoicing: Invoicing }) {
  const initial = valuesOf(invoicing);
  const form = useForm<Values>({
    initialValues: initial,
    validate: {
      tax_rate: (text) =>
        readRate(text) === undefined ? "Enter a percentage from 0 to 100, like 19" : null,
    },
  });
  const errors = useFormErrors(form, { tax_rate_ppm: "tax_rate" });
  const save = $api.useMutation("put", "/providers/{tenant}/invoicing", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/invoicing", "/providers/{tenant}/invoices");
      notifySuccess("Invoice settings saved.");
    },
  });
  const path = { tenant };
  const edit = useEdit<Values, Invoicing>({
    form,
    initial,
    version: invoicing.version,
    toValues: valuesOf,
    save: ({ tax_rate, ...values }, version) => {
      const rate = readRate(tax_rate);
      return save.mutateAsync({
        params: { path, header: ifMatch(version) },
        // What is left out is removed.
        body: { ...values, ...(rate != null && { tax_rate_ppm: rate }) },
      });
    },
    read: async () =>
      required(await api.GET("/providers/{tenant}/invoicing", { params: { path } })),
    onError: errors.show,
    labels,
  });
  const bySmp = form.values.invoiced_by === "smp";
  return (
    <Panel title="Your invoices">
      <form noValidate onSubmit={errors.onSubmit(edit.send)}>
        <Stack>
          <FormError message={errors.general} />
          {edit.notice}
          <Radio.Group label="Who issues them" {...form.getInputProps("invoiced_by")}>
            <Stack gap="xs" mt="xs">
              <Radio value="smp" label="SMP, in your name" />
              <Radio value="provider" label="You do; SMP tells shoppers so" />
            </Stack>
          </Radio.Group>
          {bySmp && (
            <>
              <TextInput label="Legal name" {...form.getInputProps("legal_name")} />
              <TextInput label="Street and number" {...form.getInputProps("line1")} />
              <TextInput
                label="Second line of the address"
                description="Optional."
                {...form.getInputProps("line2")}
              />
              <Group grow align="flex-start">
                <TextInput label="Postal code" {...form.getInputProps("postal_code")} />
                <TextInput label="City" {...form.getInputProps("city")} />
              </Group>
              <Select
                label="Country"
                searchable
                allowDeselect={false}
                data={countryOptions()}
                {...form.getInputProps("country")}
              />
              <TextInput
                label="VAT ID or tax number"
                description="Required with a tax rate."
                {...form.getInputProps("tax_id")}
              />
              <TextInput
                label="Register"
                description="Optional. Your entry, like HRB 12345, Berlin."
                {...form.getInputProps("register")}
              />
              <TextInput
                label="Numbers begin with"
                description={
                  invoicing.prefix_is_final
                    ? "Invoices have it, so it stays."
                    : "2 to 12 letters and digits. Numbers read like KILN-2026-000123."
                }
                readOnly={invoicing.prefix_is_final}
                {...form.getInputProps("number_prefix")}
              />
              <TextInput
                label="Tax in your prices"
                description="In percent, for what is sold from now on. Leave it empty, and invoices show no tax."
                inputMode="decimal"
                rightSection="%"
                {...form.getInputProps("tax_rate")}
              />
            </>
          )}
          <Group>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
