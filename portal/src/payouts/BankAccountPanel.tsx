import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import type { BankAccount } from "../api/types";
import { DescriptionList } from "../components/DescriptionList";
import { FormError } from "../components/FormError";
import { Loaded } from "../components/ListStates";
import { notifySuccess } from "../components/notify";
import { Panel } from "../components/Panel";
import { useFormErrors } from "../components/useFormErrors";
import { formatDateTime } from "../format/time";

/** Where a provider is paid by bank transfer, for its owner. */
export function BankAccountPanel({ tenant }: { tenant: string }) {
  const found = $api.useQuery("get", "/providers/{tenant}/bank-account", {
    params: { path: { tenant } },
  });
  return (
    <Panel title="Bank account">
      <Loaded query={found}>
        {({ account }) => <Content tenant={tenant} account={account ?? null} />}
      </Loaded>
    </Panel>
  );
}

function Content({ tenant, account }: { tenant: string; account: BankAccount | null }) {
  const [editing, setEditing] = useState(false);
  if (editing) return <BankAccountForm tenant={tenant} close={() => setEditing(false)} />;
  return (
    <Stack gap="sm">
      {account === null ? (
        <Text size="sm">
          There is none. SMP pays you by bank transfer where our payment partner cannot.
        </Text>
      ) : (
        <>
          <DescriptionList
            rows={[
              ["Holder", account.holder],
              ["IBAN", account.iban],
              ["BIC", account.bic],
            ]}
          />
          {new Date(account.payable_from) > new Date() && (
            <Text size="sm" role="status">
              It was changed, so nothing is paid to it before {formatDateTime(account.payable_from)}
              .
            </Text>
          )}
        </>
      )}
      <Group>
        <Button variant="default" onClick={() => setEditing(true)}>
          {account === null ? "Enter a bank account" : "Change the bank account"}
        </Button>
      </Group>
    </Stack>
  );
}

function BankAccountForm({ tenant, close }: { tenant: string; close: () => void }) {
  const form = useForm({ initialValues: { holder: "", iban: "", bic: "" } });
  const errors = useFormErrors(form);
  const save = $api.useMutation("put", "/providers/{tenant}/bank-account");
  return (
    <form
      noValidate
      onSubmit={errors.onSubmit((body) => {
        save
          .mutateAsync({ params: { path: { tenant } }, body })
          .then(async () => {
            await refresh("/providers/{tenant}/bank-account");
            notifySuccess("The bank account is changed. All owners get an email.");
            close();
          })
          .catch(errors.show);
      })}
    >
      <Stack gap="sm" maw={480}>
        <Text size="sm">
          Nothing is paid to a changed account for three days, and all owners are told of the
          change.
        </Text>
        <FormError message={errors.general} />
        <TextInput label="Account holder" autoComplete="name" {...form.getInputProps("holder")} />
        <TextInput label="IBAN" autoComplete="off" {...form.getInputProps("iban")} />
        <TextInput label="BIC" autoComplete="off" {...form.getInputProps("bic")} />
        <Group>
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
