import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { $api, api, refresh, required } from "../api/client";
import type { Provider } from "../api/types";
import { ifMatch } from "../api/version";
import { useTenant } from "../app/SignedIn";
import { DescriptionList } from "../components/DescriptionList";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { PageHeader } from "../components/PageHeader";
import { Panel } from "../components/Panel";
import { StateBadge } from "../components/StateBadge";
import { useEdit } from "../components/useEdit";
import { useFormErrors } from "../components/useFormErrors";
import { countryName } from "../format/reference";

export function ProfilePage() {
  const tenant = useTenant();
  const provider = $api.useQuery("get", "/providers/{tenant}", {
    params: { path: { tenant: tenant.id } },
  });
  return (
    <>
      <PageHeader
        title="Shop profile"
        lead="What shoppers see about you, and how they can reach you."
      />
      <Loaded query={provider}>
        {(data) => (
          <Stack gap="lg">
            <ProfileForm provider={data} />
            <Panel title="Managed by SMP">
              <DescriptionList
                rows={[
                  ["Name", data.name],
                  ["State", <StateBadge key="state" state={data.state} />],
                  ["Country", countryName(data.country)],
                  ["Category", data.product_category],
                  ["Registration", data.registration_number],
                  ["Regions", data.regions.map(countryName).join(", ")],
                  [
                    "Cart addresses",
                    data.cart_origins.length > 0 ? (
                      data.cart_origins.join(", ")
                    ) : (
                      <Text key="none" span inherit c="dimmed">
                        None approved yet
                      </Text>
                    ),
                  ],
                ]}
              />
            </Panel>
          </Stack>
        )}
      </Loaded>
    </>
  );
}

interface Profile {
  about: string;
  support_email: string;
  support_phone: string;
  support_url: string;
}

function profileOf(provider: Provider): Profile {
  return {
    about: provider.about,
    support_email: provider.support_email ?? "",
    support_phone: provider.support_phone ?? "",
    support_url: provider.support_url ?? "",
  };
}

function ProfileForm({ provider }: { provider: Provider }) {
  const initial = profileOf(provider);
  const form = useForm<Profile>({ initialValues: initial });
  const errors = useFormErrors(form);
  const save = $api.useMutation("patch", "/providers/{tenant}", {
    onSuccess: async () => {
      await refresh("/providers/{tenant}");
      notifySuccess("Profile saved.");
    },
  });
  const path = { tenant: provider.id };
  const edit = useEdit<Profile, Provider>({
    form,
    initial,
    version: provider.version,
    toValues: profileOf,
    save: ({ about, support_email, support_phone, support_url }, version) => {
      const email = support_email.trim();
      return save.mutateAsync({
        params: { path, header: ifMatch(version) },
        body: {
          about,
          // Shoppers must always have a support email: it can be replaced but not removed.
          ...((email !== "" || provider.support_email != null) && { support_email: email }),
          support_phone: support_phone.trim() || null,
          support_url: support_url.trim() || null,
        },
      });
    },
    read: async () => required(await api.GET("/providers/{tenant}", { params: { path } })),
    onError: errors.show,
    labels: { support_url: "support page" },
  });
  return (
    <Panel title="Shown to shoppers">
      <form noValidate onSubmit={errors.onSubmit(edit.send)}>
        <Stack maw={640}>
          <FormError message={errors.general} />
          {edit.notice}
          <Textarea label="About" autosize minRows={4} {...form.getInputProps("about")} />
          <TextInput label="Support email" type="email" {...form.getInputProps("support_email")} />
          <TextInput
            label="Support phone"
            description="Optional. Include the country code."
            type="tel"
            {...form.getInputProps("support_phone")}
          />
          <TextInput
            label="Support page"
            description="Optional."
            type="url"
            placeholder="https://"
            {...form.getInputProps("support_url")}
          />
          <Group>
            <Button type="submit" loading={save.isPending}>
              Save profile
            </Button>
          </Group>
        </Stack>
      </form>
    </Panel>
  );
}
