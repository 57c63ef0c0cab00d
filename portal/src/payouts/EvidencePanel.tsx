import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { $api, api, refresh, required } from "../api/client";
import type { Dispute, DisputeEvidence } from "../api/types";
import { ifMatch } from "../api/version";
import { useHasRole } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { DescriptionList } from "../components/DescriptionList";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";

/** What SMP tells the shopper's bank: a draft of several people, submitted once. */
export function EvidencePanel({ dispute }: { dispute: Dispute }) {
  const evidence = $api.useQuery("get", "/disputes/{dispute}/evidence", {
    params: { path: { dispute: dispute.id } },
  });
  return (
    <Loaded query={evidence}>
      {(data) =>
        data.editable ? (
          <EvidenceForm dispute={dispute} evidence={data} />
        ) : (
          <Submitted dispute={dispute} evidence={data} />
        )
      }
    </Loaded>
  );
}

const labels = {
  product_description: "What was sold",
  customer_name: "Customer’s name",
  customer_email: "Customer’s email",
  shipping_carrier: "Carrier",
  shipping_tracking_number: "Tracking number",
  shipping_date: "Shipped on",
  receipt: "Receipt",
  uncategorized_text: "Whatever else speaks for us",
};

type Values = Record<keyof typeof labels, string>;

const fields = Object.keys(labels) as (keyof Values)[];

function valuesOf(evidence: DisputeEvidence): Values {
  const entries = fields.map((field) => [field, evidence[field]] as const);
  return Object.fromEntries(entries) as Values;
}

function Submitted({ dispute, evidence }: { dispute: Dispute; evidence: DisputeEvidence }) {
  const late = !dispute.closed && !dispute.evidence_submitted && dispute.needs_response;
  if (evidence.version === 0 && !late) return null;
  return (
    <Panel title={dispute.evidence_submitted ? "Evidence, as it was written here" : "Evidence"}>
      <Stack gap="sm">
        {late && (
          <Alert color="brick" role="status">
            The time for evidence is over. The bank decides without it.
          </Alert>
        )}
        <DescriptionList
          rows={fields.map((field) => [
            labels[field],
            evidence.version > 0 && evidence[field] !== "" && (
              <Text size="sm" style={{ whiteSpace: "pre-line" }} key={field}>
                {evidence[field]}
              </Text>
            ),
          ])}
        />
      </Stack>
    </Panel>
  );
}

function EvidenceForm({ dispute, evidence }: { dispute: Dispute; evidence: DisputeEvidence }) {
  const isFinance = useHasRole("admin", "finance");
  const initial = valuesOf(evidence);
  const form = useForm<Values>({ initialValues: initial });
  const errors = useFormErrors(form);
  // What is submitted is what is in the form: the version that it last had.
  const [seen, setSeen] = useState(evidence.version);
  const [wrong, setWrong] = useState<unknown>();
  const path = { dispute: dispute.id };
  const set = $api.useMutation("put", "/disputes/{dispute}/evidence");
  const submit = $api.useMutation("post", "/disputes/{dispute}/submission");
  const edit = useEdit<Values, DisputeEvidence>({
    form,
    initial,
    version: evidence.version,
    toValues: valuesOf,
    save: async (body, version) => {
      const saved = await set.mutateAsync({ params: { path, header: ifMatch(version) }, body });
      setSeen(saved.version);
      await refresh("/disputes/{dispute}/evidence");
      notifySuccess("Evidence saved. It is not submitted yet.");
      return saved;
    },
    read: async () => {
      const latest = required(await api.GET("/disputes/{dispute}/evidence", { params: { path } }));
      setSeen(latest.version);
      return latest;
    },
    onError: errors.show,
    labels,
  });
  const send = () => {
    setWrong(undefined);
    submit
      .mutateAsync({ params: { path, header: ifMatch(seen) } })
      .then(() => notifySuccess("The evidence is with the bank."))
      .catch(setWrong)
      .finally(
        () => void refresh("/disputes", "/disputes/{dispute}", "/disputes/{dispute}/evidence"),
      );
  };
  const unsaved = seen === 0 || form.isDirty();
  const frozen = evidence.being_sent;
  const line = (field: keyof Values, description?: string) => (
    <TextInput
      label={labels[field]}
      description={description}
      readOnly={frozen}
      key={form.key(field)}
      {...form.getInputProps(field)}
    />
  );
  const text = (field: keyof Values, description: string) => (
    <Textarea
      label={labels[field]}
      description={description}
      autosize
      minRows={3}
      maxRows={16}
      readOnly={frozen}
      key={form.key(field)}
      {...form.getInputProps(field)}
    />
  );
  return (
    <Panel title="Evidence for the bank">
      <form noValidate onSubmit={errors.onSubmit(edit.send)}>
        <Stack>
          <FormError message={errors.general} />
          {edit.notice}
          {frozen && (
            <Alert color="brick" role="status" title="It was sent, and Stripe gave no answer">
              Submit it again: Stripe is asked first whether it came through, and nothing is
              submitted twice.
            </Alert>
          )}
          {evidence.version === 0 && (
            <Text size="sm">
              It begins with what the order says. Check it, and add what else helps.
            </Text>
          )}
          {text(
            "product_description",
            "The goods, and what makes them the ones that were ordered.",
          )}
          <Group grow align="flex-start">
            {line("customer_name")}
            {line("customer_email")}
          </Group>
          {line("shipping_carrier", "Several with commas, as the numbers and dates.")}
          <Group grow align="flex-start">
            {line("shipping_tracking_number")}
            {line("shipping_date")}
          </Group>
          {text("receipt", "What was ordered and paid. It goes to the bank as a text.")}
          {text("uncategorized_text", "Deliveries, what the shopper wrote, what was agreed.")}
          <FormError message={wrong} />
          <Group>
            <Button type="submit" variant="default" loading={set.isPending} disabled={frozen}>
              Save draft
            </Button>
            {isFinance && (
              <Button
                loading={submit.isPending}
                disabled={unsaved && !frozen}
                onClick={() =>
                  confirmAction({
                    title: "Submit the evidence?",
                    message:
                      "It goes to the shopper’s bank as it is saved. A bank takes evidence once: nothing can be added or changed after that.",
                    action: "Submit",
                    destructive: false,
                    onConfirm: send,
                  })
                }
              >
                Submit to the bank
              </Button>
            )}
          </Group>
          <Text size="sm" c="dimmed">
            {isFinance
              ? "Save it first, then submit it. It can be submitted once."
              : "Finance submits it once it is saved."}
          </Text>
        </Stack>
      </form>
    </Panel>
  );
}
