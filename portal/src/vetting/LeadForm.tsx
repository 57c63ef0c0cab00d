import { Button, Group, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import type { ReactNode } from "react";
import type { Lead, LeadInput } from "../api/types";
import { FormError } from "../components/FormError";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";
import { countryOptions } from "../format/reference";

interface LeadValues {
  company: string;
  contact_name: string;
  email: string;
  country: string;
  product_category: string;
  source: string;
  notes: string;
  follow_up_on: string;
}

const empty: LeadValues = {
  company: "",
  contact_name: "",
  email: "",
  country: "",
  product_category: "",
  source: "",
  notes: "",
  follow_up_on: "",
};

function valuesOf(lead: Lead): LeadValues {
  return {
    company: lead.company,
    contact_name: lead.contact_name,
    email: lead.email,
    country: lead.country,
    product_category: lead.product_category,
    source: lead.source,
    notes: lead.notes,
    follow_up_on: lead.follow_up_on ?? "",
  };
}

function inputOf({ follow_up_on, ...values }: LeadValues): LeadInput {
  return { ...values, ...(follow_up_on !== "" && { follow_up_on }) };
}

interface LeadFormProps {
  lead?: Lead;
  pending: boolean;
  save: (input: LeadInput, version: number) => Promise<Lead>;
  read?: () => Promise<Lead>;
  action: string;
  /** Beside the button. */
  aside?: ReactNode;
}

/** What SMP notes of a company it would like to sell with. */
export function LeadForm({ lead, pending, save, read, action, aside }: LeadFormProps) {
  const initial = lead ? valuesOf(lead) : empty;
  const form = useForm<LeadValues>({
    initialValues: initial,
    validate: {
      company: isNotEmpty("Enter the company’s name."),
      email: (value) => (value.includes("@") ? null : "Enter the contact’s email address."),
      country: isNotEmpty("Choose the country they are based in."),
    },
  });
  const errors = useFormErrors(form);
  const edit = useEdit<LeadValues, Lead>({
    form,
    initial,
    version: lead?.version ?? 0,
    toValues: valuesOf,
    save: (values, version) => save(inputOf(values), version),
    ...(read && { read }),
    onError: errors.show,
  });
  return (
    <form noValidate onSubmit={errors.onSubmit(edit.send)}>
      <Stack maw={640}>
        <FormError message={errors.general} />
        {edit.notice}
        <TextInput label="Company" data-autofocus {...form.getInputProps("company")} />
        <Group grow align="flex-start">
          <TextInput label="Contact" {...form.getInputProps("contact_name")} />
          <TextInput
            label="Email"
            type="email"
            description="The invitation is sent here."
            {...form.getInputProps("email")}
          />
        </Group>
        <Group grow align="flex-start">
          <NativeSelect
            label="Country"
            data={[{ value: "", label: "Choose a country" }, ...countryOptions()]}
            {...form.getInputProps("country")}
          />
          <TextInput label="Product category" {...form.getInputProps("product_category")} />
        </Group>
        <Group grow align="flex-start">
          <TextInput label="Source" {...form.getInputProps("source")} />
          <TextInput label="Follow up on" type="date" {...form.getInputProps("follow_up_on")} />
        </Group>
        <Textarea label="Notes" autosize minRows={3} {...form.getInputProps("notes")} />
        <Group>
          <Button type="submit" loading={pending}>
            {action}
          </Button>
          {aside}
        </Group>
      </Stack>
    </form>
  );
}
