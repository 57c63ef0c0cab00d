import { Alert, Button, Group, MultiSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { isNotEmpty, useForm } from "@mantine/form";
import { $api, refresh } from "../api/client";
import type { Provider } from "../api/types";
import { useTenant } from "../app/SignedIn";
import { FormError } from "../components/FormError";
import { LoadedPage } from "../components/LoadedPage";
import { notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { useFormErrors } from "../components/useFormErrors";
import { countryOptions } from "../format/reference";
import { RequirementList } from "./RequirementList";

export function ApplicationPage() {
  const tenant = useTenant();
  const provider = $api.useQuery("get", "/providers/{tenant}", {
    params: { path: { tenant: tenant.id } },
  });
  return (
    <LoadedPage query={provider}>
      {(data) => (
        <>
          <PageHeader
            title="Application"
            badge={<StateBadge state={data.state} />}
            lead={leadFor(data.state)}
          />
          <Stack gap="lg">
            {data.state === "rejected" && data.decision_reason && (
              <Alert color="brick" title="Why your application was rejected">
                {data.decision_reason}
              </Alert>
            )}
            {data.state === "invited" ? (
              <ApplicationForm provider={data} />
            ) : (
              <RequirementList tenant={data.id} />
            )}
          </Stack>
        </>
      )}
    </LoadedPage>
  );
}

function leadFor(state: Provider["state"]): string {
  if (state === "invited")
    return "Tell SMP about your business. A person reviews every application.";
  if (state === "rejected") return "SMP has decided on your application.";
  if (state === "approved") return "Your application has been approved.";
  return "SMP is reviewing your application. You can prepare your first sale in the meantime.";
}

function ApplicationForm({ provider }: { provider: Provider }) {
  const form = useForm({
    initialValues: {
      registration_number: provider.registration_number ?? "",
      about: provider.about,
      references: "",
      regions: provider.regions.length > 0 ? provider.regions : [provider.country],
      support_email: provider.support_email ?? "",
      support_phone: provider.support_phone ?? "",
    },
    validate: {
      registration_number: isNotEmpty("Enter your business registration number."),
      about: isNotEmpty("Enter a few sentences about your business."),
      references: isNotEmpty("Enter at least one reference."),
      regions: isNotEmpty("Choose at least one country."),
      support_email: (value) =>
        value.includes("@") ? null : "Enter an email address your customers can write to.",
    },
  });
  const errors = useFormErrors(form);
  const apply = $api.useMutation("post", "/providers/{tenant}/application", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}", "/providers/{tenant}/requirements", "/me");
      notifySuccess("Application sent.");
    },
    onError: errors.show,
  });
  return (
    <Panel title="Your business">
      <form
        noValidate
        onSubmit={errors.onSubmit(({ support_phone, ...values }) => {
          const phone = support_phone.trim();
          apply.mutate({
            params: { path: { tenant: provider.id } },
            body: { ...values, ...(phone !== "" && { support_phone: phone }) },
          });
        })}
      >
        <Stack maw={640}>
          <FormError message={errors.general} />
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
          <Group>
            <Button type="submit" loading={apply.isPending}>
              Send application
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
