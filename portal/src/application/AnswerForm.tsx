import { Button, Checkbox, FileInput, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { Requirement, RequirementAnswer } from "../api/types";
import { FormError } from "../components/FormError";
import { MoneyInput } from "../components/MoneyInput";
import { notifySuccess } from "../components/notify";
import { useFormErrors } from "../components/useFormErrors";
import { formatMoney } from "../format/money";
import { moneyError, moneyValue } from "../format/typedNumber";
import { uploadDocument } from "./uploadDocument";

interface Values {
  text: string;
  attested: boolean;
  attested_name: string;
  asset_id: File | null;
  bond: string;
  bond_ends_on: string;
}

const empty: Values = {
  text: "",
  attested: false,
  attested_name: "",
  asset_id: null,
  bond: "",
  bond_ends_on: "",
};

/** Answers a requirement: with a confirmation, a document, a bond or a text. */
export function AnswerForm({ tenant, requirement }: { tenant: string; requirement: Requirement }) {
  const { code, title, method } = requirement;
  const currency = requirement.bond?.currency ?? "EUR";
  const takesDocument = method === "document" || method === "bond";
  const [progress, setProgress] = useState<number | null>(null);
  const form = useForm<Values>({
    initialValues: empty,
    validate: {
      asset_id: (file) => (takesDocument && file === null ? "Choose the document." : null),
      attested: (ticked) => (method === "attest" && !ticked ? "Tick this to confirm it." : null),
      attested_name: (name) =>
        method === "attest" && name.trim() === "" ? "Enter your name." : null,
      bond: (amount) =>
        method === "bond" ? moneyError(amount, currency, "Enter the amount of the bond.") : null,
    },
  });
  const errors = useFormErrors(form);
  const answer = $api.useMutation("post", "/providers/{tenant}/requirements/{code}/answers", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}/application", "/providers/{tenant}/requirements");
      form.reset();
      notifySuccess(`${title}: answer sent.`);
    },
  });
  const send = async (values: Values) => {
    try {
      const body: RequirementAnswer = { attested: false };
      if (values.text.trim() !== "") body.text = values.text;
      if (method === "attest") {
        body.attested = values.attested;
        body.attested_name = values.attested_name;
      }
      if (takesDocument && values.asset_id !== null)
        body.asset_id = await uploadDocument(tenant, values.asset_id, setProgress);
      if (method === "bond") {
        const amount = moneyValue(values.bond, currency);
        if (amount !== null) body.bond = { amount, currency };
        if (values.bond_ends_on !== "") body.bond_ends_on = values.bond_ends_on;
      }
      await answer.mutateAsync({ params: { path: { tenant, code } }, body });
    } catch (error) {
      errors.show(error);
    } finally {
      setProgress(null);
    }
  };
  return (
    <form
      noValidate
      aria-label={`Answer: ${title}`}
      onSubmit={errors.onSubmit((values) => void send(values))}
    >
      <Stack gap="sm" mt="sm" maw={640}>
        <FormError message={errors.general} />
        {method === "attest" && (
          <>
            <Checkbox
              label="I confirm this for our business."
              {...form.getInputProps("attested", { type: "checkbox" })}
            />
            <TextInput label="Your name" {...form.getInputProps("attested_name")} />
          </>
        )}
        {takesDocument && (
          <FileInput
            label={method === "bond" ? "Paper of the bond" : "Document"}
            description="A PDF or a picture, up to 20 MiB. Only your owners and SMP’s managers can read it."
            placeholder="Choose a file"
            accept="application/pdf,image/jpeg,image/png,image/webp"
            {...form.getInputProps("asset_id")}
          />
        )}
        {method === "bond" && (
          <Group grow align="flex-start">
            <MoneyInput
              label="Amount"
              description={requirement.bond ? `At least ${formatMoney(requirement.bond)}.` : ""}
              currency={currency}
              {...form.getInputProps("bond")}
            />
            <TextInput
              label="Last day"
              description="Of the bond."
              type="date"
              {...form.getInputProps("bond_ends_on")}
            />
          </Group>
        )}
        <Textarea
          label={requirement.in_application ? "Your answer" : "Anything to add"}
          autosize
          minRows={2}
          {...form.getInputProps("text")}
        />
        <Group>
          <Button
            type="submit"
            variant="default"
            loading={answer.isPending || progress !== null}
            aria-label={`Send answer: ${title}`}
          >
            Send answer
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
