import { Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Role } from "../api/types";
import { useMe } from "../app/SignedIn";
import { confirmAction } from "../components/confirmAction";
import { DataTable } from "../components/DataTable";
import { notifyError, notifySuccess } from "../components/notify";
import { roleName } from "../format/text";
import type { TeamPerson } from "./members";
import { RolesDialog } from "./RolesDialog";
import { TableButton } from "./TableButton";
import type { Membership } from "./team";

interface MemberTableProps<R extends Role, P extends TeamPerson<R>> {
  team: Membership<R, P>;
  members: P[];
}

/** The people of a team, with what can be done about each. */
export function MemberTable<R extends Role, P extends TeamPerson<R>>({
  team,
  members,
}: MemberTableProps<R, P>) {
  const { account } = useMe();
  return (
    <DataTable
      label="Members"
      rows={members}
      rowKey={(person) => person.account_id}
      columns={[
        {
          header: "Name",
          cell: (person) => (
            <div>
              <Text fw={550}>
                {person.name}
                {person.account_id === account.id && " (you)"}
              </Text>
              <Text size="sm" c="dimmed">
                {person.email}
              </Text>
            </div>
          ),
        },
        { header: "Roles", cell: (person) => person.roles.map(roleName).join(", ") },
        ...team.columns,
        {
          header: "Action",
          kind: "number",
          cell: (person) => <MemberActions team={team} person={person} />,
        },
      ]}
    />
  );
}

interface MemberActionsProps<R extends Role, P extends TeamPerson<R>> {
  team: Membership<R, P>;
  person: P;
}

function MemberActions<R extends Role, P extends TeamPerson<R>>({
  team,
  person,
}: MemberActionsProps<R, P>) {
  const { account } = useMe();
  const { name } = person;
  const { done, ...removal } = team.removal(person);
  const [choosing, setChoosing] = useState(false);
  const tell = (text: string) => async () => {
    await team.reload();
    notifySuccess(text);
  };
  const roles = useMutation({
    mutationFn: (chosen: R[]) => team.setRoles(person, chosen),
    onSuccess: async () => {
      setChoosing(false);
      await tell(`The roles of ${name} were changed.`)();
    },
  });
  const suspend = useMutation({
    mutationFn: () => team.suspend(person),
    onSuccess: tell(`${name} is suspended.`),
    onError: notifyError,
  });
  const resume = useMutation({
    mutationFn: () => team.resume(person),
    onSuccess: tell(`${name} can work again.`),
    onError: notifyError,
  });
  const remove = useMutation({
    mutationFn: () => team.remove(person),
    onSuccess: tell(done),
    onError: notifyError,
  });
  const askToSuspend = () =>
    confirmAction({
      title: `Suspend ${name}?`,
      message: team.suspension(person),
      action: "Suspend",
      onConfirm: () => suspend.mutate(),
    });
  const askToRemove = () =>
    confirmAction({ ...removal, action: "Remove", onConfirm: () => remove.mutate() });
  return (
    <Group gap="xs" justify="flex-end" wrap={team.othersAction ? "wrap" : "nowrap"}>
      {person.state === "suspended" ? (
        <TableButton
          label={`Resume ${name}`}
          pending={resume.isPending}
          onClick={() => resume.mutate()}
        >
          Resume
        </TableButton>
      ) : (
        <>
          <TableButton label={`Change the roles of ${name}`} onClick={() => setChoosing(true)}>
            Roles
          </TableButton>
          <TableButton label={`Suspend ${name}`} pending={suspend.isPending} onClick={askToSuspend}>
            Suspend
          </TableButton>
        </>
      )}
      {person.account_id !== account.id && team.othersAction?.(person)}
      <TableButton label={`Remove ${name}`} pending={remove.isPending} onClick={askToRemove}>
        Remove
      </TableButton>
      {choosing && (
        <RolesDialog
          name={name}
          duties={team.duties}
          roles={person.roles}
          pending={roles.isPending}
          error={roles.error}
          onClose={() => setChoosing(false)}
          onSubmit={(chosen) => roles.mutate(chosen)}
        />
      )}
    </Group>
  );
}
