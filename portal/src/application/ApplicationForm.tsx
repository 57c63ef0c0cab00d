import {
  Button,
  Group,
  MultiSelect,
  NativeSelect,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, api, refresh, required } from "../api/client";
import type { Application, ApplicationChange } from "../api/types";
import { ifMatch } from "../api/version";
import { FormError } from "../components/FormError";
import { MoneyInput } from "../components/MoneyInput";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";
import { WholeInput } from "../components/WholeInput";
import { countryOptions, currencyOptions } from "../format/reference";
import { moneyError, moneyText, moneyValue, wholeError, wholeValue } from "../format/typedNumber";
import { modeOptions } from "../vetting/definitionValues";

interface Values {
  registration_number: string;
  about: string;
  references: string;
  regions: string[];
  support_email: string;
  support_phone: string;
  selling_mode: string;
  monthly_units: string;
  monthly_revenue: string;
  revenue_currency: string;
}

function valuesOf(application: Application): Values {
  const revenue = application.monthly_revenue;
  return {
    registration_number: application.registration_number ?? "",
    about: application.about ?? "",
    references: application.references ?? "",
    regions: application.regions ?? [],
    support_email: application.support_email ?? "",
    support_phone: application.support_phone ?? "",
    selling_mode: application.selling_mode ?? "",
    monthly_units: application.monthly_units?.toString() ?? "",
    monthly_revenue: revenue ? moneyText(revenue.amount, revenue.currency) : "",
    revenue_currency: revenue?.currency ?? "EUR",
  };
}

/** What was typed; empty fields are removed. */
function changeOf(values: Values): ApplicationChange {
  const revenue = moneyValue(values.monthly_revenue, values.revenue_currency);
  const mode = modeOptions.find(({ value }) => value === values.selling_mode)?.value ?? null;
  return {
    registration_number: values.registration_number,
    about: values.about,
    references: values.references,
    regions: values.regions,
    support_email: values.support_email,
    support_phone: values.support_phone,
    selling_mode: mode,
    monthly_units: wholeValue(values.monthly_units),
    monthly_revenue:
      revenue === null ? null : { amount: revenue, currency: values.revenue_currency },
  };
}

/** The application, saved as far as it is filled in. */
export function ApplicationForm({
  tenant,
  application,
}: {
  tenant: string;
  application: Application;
}) {
  const initial = valuesOf(application);
  const form = useForm<Values>({
    initialValues: initial,
    validate: {
      monthly_units: (value) => wholeError(value, { missing: null }),
      monthly_revenue: (value, { revenue_currency }) => moneyError(value, revenue_currency, null),
    },
  });
  const errors = useFormErrors(form);
  const path = { tenant };
  const save = $api.useMutation("patch", "/providers/{tenant}/application", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/application", "/providers/{tenant}/requirements");
      notifySuccess("Application saved.");
    },
  });
  const edit = useEdit<Values, Application>({
    form,
    initial,
    version: application.version,
    toValues: valuesOf,
    save: (values, version) =>
      save.mutateAsync({
        params: { path, header: ifMatch(version) },
        body: changeOf(values),
      }),
    read: async () =>
      required(await api.GET("/providers/{tenant}/application", { params: { path } })),
    onError: errors.show,
  });
  return (
    <Panel title="Your business">
      <form noValidate onSubmit={errors.onSubmit(edit.send)}>
        <Stack maw={640}>
          <FormError message={errors.general} />
          {edit.notice}
          <TextInput
            label="Registration number"
            description="As shown in the business register."
            {...form.getInputProps("registration_number")}
          />
          <Textarea
            label="About"
            description="What you make or sell, and how long you have been doing it."
            autosize
            minRows={4}
            {...form.getInputProps("about")}
          />
          <Textarea
            label="References"
            description="Contact details of two customers, partners or shops."
            autosize
            minRows={3}
            {...form.getInputProps("references")}
          />
          <MultiSelect
            label="Regions"
            description="The countries you ship to."
            data={countryOptions()}
            searchable
            {...form.getInputProps("regions")}
          />
          <TextInput
            label="Support email"
            type="email"
            autoComplete="email"
            {...form.getInputProps("support_email")}
          />
          <TextInput
            label="Support phone"
            description="Optional. Include the country code."
            type="tel"
            autoComplete="tel"
            placeholder="+49 30 1234567"
            {...form.getInputProps("support_phone")}
          />
          <NativeSelect
            label="Where shoppers buy"
            data={[
              { value: "", label: "Choose" },
              { value: "hosted", label: "In SMP’s cart" },
              { value: "redirect", label: "In our own cart" },
              { value: "both", label: "In both" },
            ]}
            {...form.getInputProps("selling_mode")}
          />
          <WholeInput
            label="Units a month"
            description="How many you expect to sell."
            {...form.getInputProps("monthly_units")}
          />
          <Group grow align="flex-start">
            <MoneyInput
              label="Revenue a month"
              description="Optional. What you expect."
              currency={form.values.revenue_currency}
              {...form.getInputProps("monthly_revenue")}
            />
            <NativeSelect
              label="Currency"
              description="Of the revenue."
              data={currencyOptions()}
              {...form.getInputProps("revenue_currency")}
            />
          </Group>
          <Group>
            <Button type="submit" variant="default" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
