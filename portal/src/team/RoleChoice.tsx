import { Checkbox, Stack } from "@mantine/core";
import type { Role } from "../api/types";
import { roleName } from "../format/text";
import type { Duty } from "./members";

interface RoleChoiceProps<T extends Role> {
  duties: readonly Duty<T>[];
  value: T[];
  onChange: (roles: T[]) => void;
  error?: string | undefined;
  /** Where a form finds the field. */
  "data-path"?: string;
}

/** Which roles somebody has; a person can have several. */
export function RoleChoice<T extends Role>({
  duties,
  value,
  onChange,
  error,
  "data-path": path,
}: RoleChoiceProps<T>) {
  return (
    <Checkbox.Group
      label="Roles"
      value={value}
      onChange={(chosen) =>
        onChange(duties.map(([role]) => role).filter((role) => chosen.includes(role)))
      }
      error={error}
      data-path={path}
    >
      <Stack gap="xs" my="xs">
        {duties.map(([role, duty]) => (
          <Checkbox key={role} value={role} label={roleName(role)} description={duty} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
