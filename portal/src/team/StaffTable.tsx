import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { $api, refresh } from "../api/client";
import { ResetFactor } from "../access/ResetFactor";
import type { StaffMember } from "../api/types";
import { useMe } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { DataTable } from "../components/DataTable";
import { notifyError, notifySuccess } from "../components/notify";
import { StateBadge } from "../components/StateBadge";
import { RelativeTime, Timestamp } from "../components/Timestamp";
import { roleName } from "../format/text";
import { RolesDialog } from "./RolesDialog";
import { staffDuties } from "./staffDuties";

/** The members of SMP’s team, with what can be done about each. */
export function StaffTable({ members }: { members: StaffMember[] }) {
  const { account } = useMe();
  return (
    <DataTable
      label="Members"
      rows={members}
      rowKey={(member) => member.account_id}
      columns={[
        {
          header: "Name",
          cell: (member) => (
            <div>
              <Text fw={550}>
                {member.name}
                {member.account_id === account.id && " (you)"}
              </Text>
              <Text size="sm" c="dimmed">
                {member.email}
              </Text>
            </div>
          ),
        },
        { header: "Roles", cell: (member) => member.roles.map(roleName).join(", ") },
        { header: "State", cell: (member) => <StateBadge state={member.state} /> },
        { header: "Since", cell: (member) => <Timestamp at={member.since} />, kind: "dim" },
        {
          header: "Last seen",
          cell: (member) =>
            member.last_seen_at ? <RelativeTime at={member.last_seen_at} /> : "Never",
          kind: "dim",
        },
        {
          header: "Action",
          kind: "number",
          cell: (member) => (
            <MemberActions member={member} isMe={member.account_id === account.id} />
          ),
        },
      ]}
    />
  );
}

function MemberActions({ member, isMe }: { member: StaffMember; isMe: boolean }) {
  const { name, account_id: account, state } = member;
  const params = { path: { account } };
  const [choosing, setChoosing] = useState(false);
  const done = (text: string) => async () => {
    await refresh("/staff");
    notifySuccess(text);
  };
  const roles = $api.useMutation("put", "/staff/members/{account}/roles", {
    onSuccess: async () => {
      setChoosing(false);
      await done(`The roles of ${name} were changed.`)();
    },
  });
  const suspend = $api.useMutation("post", "/staff/members/{account}/suspend", {
    onSuccess: done(`${name} is suspended.`),
    onError: notifyError,
  });
  const resume = $api.useMutation("post", "/staff/members/{account}/resume", {
    onSuccess: done(`${name} can work again.`),
    onError: notifyError,
  });
  const remove = $api.useMutation("delete", "/staff/members/{account}", {
    onSuccess: done(`${name} was removed from the team.`),
    onError: notifyError,
  });
  const askToSuspend = () =>
    confirmAction({
      title: `Suspend ${name}?`,
      message:
        "They are signed out everywhere at once and can’t open this portal until you resume them. They are told by email.",
      action: "Suspend",
      onConfirm: () => suspend.mutate({ params }),
    });
  const askToRemove = () =>
    confirmAction({
      title: `Remove ${name} from SMP’s team?`,
      message:
        "They lose every role and are signed out everywhere at once. They are told by email. You can invite them again.",
      action: "Remove",
      onConfirm: () => remove.mutate({ params }),
    });
  return (
    <Group gap="xs" justify="flex-end">
      {state === "suspended" ? (
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
      {/* Their own, people replace under Security. */}
      {!isMe && <ResetFactor account={account} name={name} />}
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
          duties={staffDuties}
          roles={member.roles}
          pending={roles.isPending}
          error={roles.error}
          onClose={() => setChoosing(false)}
          onSubmit={(chosen) => roles.mutate({ params, body: { roles: chosen } })}
        />
      )}
    </Group>
  );
}
