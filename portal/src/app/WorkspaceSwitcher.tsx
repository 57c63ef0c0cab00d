import { Button, Menu, Text } from "@mantine/core";
import { IconCheck, IconSelector } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { roleName } from "../format/text";
import { landingPath } from "./navigation";
import { useMe } from "./SignedIn";
import { workspacesOf, type Workspace } from "./workspace";

/** Shows the current workspace, and a menu of the others if there are any. */
export function WorkspaceSwitcher({ current }: { current: Workspace }) {
  const navigate = useNavigate();
  const all = workspacesOf(useMe());
  const name = current.kind === "staff" ? "SMP team" : current.name;
  if (all.length < 2)
    return (
      <Text size="sm" fw={550} truncate>
        {name}
      </Text>
    );
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          px={8}
          rightSection={<IconSelector size={15} aria-hidden />}
          aria-label={`Workspace: ${name}`}
        >
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label c="dimmed">Switch workspace</Menu.Label>
        {all.map((workspace) => (
          <Menu.Item
            key={workspace.base}
            onClick={() => void navigate(landingPath(workspace))}
            rightSection={
              workspace.base === current.base ? <IconCheck size={15} aria-label="current" /> : null
            }
          >
            {workspace.kind === "staff" ? "SMP team" : workspace.name}
            <Text size="xs" c="dimmed">
              {workspace.roles.map(roleName).join(", ")}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
