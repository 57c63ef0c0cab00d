import { Button, Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { $api, api, refresh } from "../api/client";
import { useMe, useTenant } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { DataTable } from "../components/DataTable";
import { notifyError, notifySuccess } from "../components/notify";
import { StateBadge } from "../components/StateBadge";
import { Timestamp } from "../components/Timestamp";
import { roleName } from "../format/text";
import { memberDuties, type TeamPerson } from "./members";
import { RolesDialog } from "./RolesDialog";

const listPath = "/providers/{tenant}/members";

/** The people of a provider’s team, with what an owner can do about each. */
export function MemberTable({ members }: { members: TeamPerson[] }) {
  const { account } = useMe();
  return (
    <DataTable
      label="Members"
      rows={members}
      rowKey={(person) => person.id}
      columns={[
        {
          header: "Name",
          cell: (person) => (
            <div>
              <Text fw={550}>
                {person.name}
                {person.id === account.id && " (you)"}
              </Text>
              <Text size="sm" c="dimmed">
                {person.email}
              </Text>
            </div>
          ),
        },
        { header: "Roles", cell: (person) => person.roles.map(roleName).join(", ") },
        { header: "Since", cell: (person) => <Timestamp at={person.since} />, kind: "dim" },
        { header: "State", cell: (person) => <StateBadge state={person.state} /> },
        {
          header: "Action",
          kind: "number",
          cell: (person) => <PersonActions person={person} />,
        },
      ]}
    />
  );
}

function PersonActions({ person }: { person: TeamPerson }) {
  const tenant = useTenant();
  const { id: account, name } = person;
  const params = { path: { tenant: tenant.id, account } };
  const [choosing, setChoosing] = useState(false);
  const done = (text: string) => async () => {
    await refresh(listPath);
    notifySuccess(text);
  };
  const roles = $api.useMutation("put", "/providers/{tenant}/members/{account}/roles", {
    onSuccess: async () => {
      setChoosing(false);
      await done(`The roles of ${name} were changed.`)();
    },
  });
  const suspend = $api.useMutation("post", "/providers/{tenant}/members/{account}/suspend", {
    onSuccess: done(`${name} is suspended.`),
    onError: notifyError,
  });
  const resume = $api.useMutation("post", "/providers/{tenant}/members/{account}/resume", {
    onSuccess: done(`${name} can work again.`),
    onError: notifyError,
  });
  const remove = useMutation({
    // The role of the owner is first: if the last owner stays, all of it does.
    mutationFn: async () => {
      for (const role of person.roles)
        await api.DELETE("/providers/{tenant}/members/{account}/{role}", {
          params: { path: { ...params.path, role } },
        });
    },
    onSuccess: done("Removed from the team."),
    onError: async (error) => {
      notifyError(error);
      await refresh(listPath);
    },
  });
  const keys = person.roles.includes("owner");
  const askToSuspend = () =>
    confirmAction({
      title: `Suspend ${name}?`,
      message: keys
        ? "They can’t open this shop’s portal until you resume them, and the API keys they made are refused meanwhile."
        : "They can’t open this shop’s portal until you resume them.",
      action: "Suspend",
      onConfirm: () => suspend.mutate({ params }),
    });
  const askToRemove = () =>
    confirmAction({
      title: `Remove ${name}?`,
      message: keys
        ? "They lose their roles immediately, and the API keys they made are revoked: make new ones first for servers that use them. You can invite them again."
        : "They lose their roles immediately. You can invite them again.",
      action: "Remove",
      onConfirm: () => remove.mutate(),
    });
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      {person.state === "suspended" ? (
        <Button
          size="xs"
          variant="default"
          loading={resume.isPending}
          onClick={() => resume.mutate({ params })}
          aria-label={`Resume ${name}`}
        >
          Resume
        </Button>
      ) : (
        <>
          <Button
            size="xs"
            variant="default"
            onClick={() => setChoosing(true)}
            aria-label={`Change the roles of ${name}`}
          >
            Roles
          </Button>
          <Button
            size="xs"
            variant="default"
            loading={suspend.isPending}
            onClick={askToSuspend}
            aria-label={`Suspend ${name}`}
          >
            Suspend
          </Button>
        </>
      )}
      <Button
        size="xs"
        variant="default"
        loading={remove.isPending}
        onClick={askToRemove}
        aria-label={`Remove ${name}`}
      >
        Remove
      </Button>
      {choosing && (
        <RolesDialog
          name={name}
          duties={memberDuties}
          roles={person.roles}
          pending={roles.isPending}
          error={roles.error}
          onClose={() => setChoosing(false)}
          onSubmit={(chosen) => roles.mutate({ params, body: { roles: chosen } })}
        />
      )}
    </Group>
  );
}
