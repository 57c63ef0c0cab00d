import {
  Button,
  Checkbox,
  Group,
  MultiSelect,
  NativeSelect,
  Stack,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { RequirementDefinition } from "../api/types";
import { ifMatch } from "../api/version";
import { FormError } from "../components/FormError";
import { MoneyInput } from "../components/MoneyInput";
import { notifySuccess } from "../components/notify";
import { useFormErrors } from "../components/useFormErrors";
import { WholeInput } from "../components/WholeInput";
import { countryOptions, currencyOptions } from "../format/reference";
import { moneyError, wholeError } from "../format/typedNumber";
import { inputOf, methodNames, modeOptions, newDefinition, valuesOf } from "./definitionValues";

const methods = Object.entries(methodNames).map(([value, label]) => ({ value, label }));

/** The API names the fields of a new one below `definition`. */
const apiToFormField = Object.fromEntries(
  Object.keys(newDefinition).map((field) => [`definition.${field}`, field]),
);

interface DefinitionFormProps {
  /** A new one unless it is given. */
  definition?: RequirementDefinition | undefined;
  onClose: () => void;
}

/** Defines a requirement, or makes a new version of one. */
export function DefinitionForm({ definition, onClose }: DefinitionFormProps) {
  const form = useForm({
    initialValues: definition ? valuesOf(definition) : newDefinition,
    validate: {
      title: isNotEmpty("Enter what providers will read."),
      code: (value) =>
        /^[a-z][a-z0-9_]*$/.test(value)
          ? null
          : "Use lowercase letters, digits and underscores, a letter first.",
      bond: (value, { method, bond_currency }) =>
        method === "bond"
          ? moneyError(value, bond_currency, "Enter the least amount of the bond.")
          : null,
      monthly_units_from: (value) => wholeError(value, { min: 1, missing: null }),
      monthly_revenue_from: (value, { revenue_currency }) =>
        moneyError(value, revenue_currency, null),
      valid_months: (value) => wholeError(value, { min: 1, max: 120, missing: null }),
    },
  });
  const errors = useFormErrors(form, apiToFormField);
  const done = async () => {
    await refresh("/requirement-definitions", "/providers/{tenant}/requirements");
    notifySuccess("Requirement saved.");
    onClose();
  };
  const create = $api.useMutation("post", "/requirement-definitions", {
    onSuccess: done,
    onError: errors.show,
  });
  const update = $api.useMutation("put", "/requirement-definitions/{code}", {
    onSuccess: done,
    onError: errors.show,
  });
  const values = form.values;
  const send = errors.onSubmit((typed) => {
    if (definition === undefined) {
      create.mutate({ body: { code: typed.code, definition: inputOf(typed) } });
      return;
    }
    const path = { code: definition.code };
    const header = ifMatch(definition.version);
    update.mutate({ params: { path, header }, body: inputOf(typed) });
  });
  return (
    <form noValidate onSubmit={send}>
      <Stack>
        <FormError message={errors.general} />
        <TextInput label="Title" data-autofocus {...form.getInputProps("title")} />
        {definition === undefined && (
          <TextInput
            label="Code"
            description="Names it for good, like liability_insurance."
            {...form.getInputProps("code")}
          />
        )}
        <Textarea label="What to do" autosize minRows={2} {...form.getInputProps("instructions")} />
        <Group grow align="flex-start">
          <NativeSelect
            label="Met by"
            data={methods}
            disabled={definition?.application_field != null}
            {...form.getInputProps("method")}
          />
          <NativeSelect
            label="For providers who sell"
            data={modeOptions}
            {...form.getInputProps("selling_mode")}
          />
        </Group>
        {values.method === "bond" && (
          <Group grow align="flex-start">
            <MoneyInput
              label="Least amount"
              currency={values.bond_currency}
              {...form.getInputProps("bond")}
            />
            <NativeSelect
              label="Currency of the bond"
              data={currencyOptions()}
              {...form.getInputProps("bond_currency")}
            />
          </Group>
        )}
        <MultiSelect
          label="For providers who ship to"
          description="Leave it empty for everywhere."
          data={countryOptions()}
          searchable
          {...form.getInputProps("regions")}
        />
        <TagsInput
          label="For these product categories"
          description="Leave it empty for all."
          {...form.getInputProps("categories")}
        />
        <Group grow align="flex-start">
          <WholeInput
            label="From units a month"
            description="Optional."
            {...form.getInputProps("monthly_units_from")}
          />
          <MoneyInput
            label="From revenue a month"
            description="Optional."
            currency={values.revenue_currency}
            {...form.getInputProps("monthly_revenue_from")}
          />
        </Group>
        <WholeInput
          label="Valid for months"
          description="Leave it empty if it never expires."
          {...form.getInputProps("valid_months")}
        />
        <Checkbox
          label="Managers may waive it, with a reason"
          {...form.getInputProps("waivable", { type: "checkbox" })}
        />
        <Checkbox
          label="Asked of providers"
          {...form.getInputProps("active", { type: "checkbox" })}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending || update.isPending}>
            Save requirement
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
