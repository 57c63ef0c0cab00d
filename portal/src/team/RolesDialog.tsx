import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Role } from "../api/types";
import { FormError } from "../components/FormError";
import type { Duty } from "./members";
import { RoleChoice } from "./RoleChoice";

interface RolesDialogProps<T extends Role> {
  name: string;
  duties: readonly Duty<T>[];
  roles: T[];
  pending: boolean;
  error: unknown;
  onClose: () => void;
  onSubmit: (roles: T[]) => void;
}

/** Changes the roles of a member of a team. Mount it when it opens. */
export function RolesDialog<T extends Role>({
  name,
  duties,
  roles,
  pending,
  error,
  onClose,
  onSubmit,
}: RolesDialogProps<T>) {
  const [chosen, setChosen] = useState(roles);
  const [missing, setMissing] = useState(false);
  return (
    <Modal opened onClose={onClose} title={`Roles of ${name}`}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (chosen.length === 0) setMissing(true);
          else onSubmit(chosen);
        }}
      >
        <Stack>
          <Text size="sm">The change counts at once, also on pages that are open.</Text>
          <RoleChoice
            duties={duties}
            value={chosen}
            onChange={(next) => {
              setChosen(next);
              setMissing(false);
            }}
            error={missing ? "Choose at least one role, or remove the member." : undefined}
          />
          {error != null && <FormError message={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={pending}>
              Save roles
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
