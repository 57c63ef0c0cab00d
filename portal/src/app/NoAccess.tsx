import { Button, Stack, Text, Title } from "@mantine/core";
import { Link, Outlet } from "react-router";
import type { Role } from "../api/types";
import { roleName } from "../format/text";
import { landingPath } from "./navigation";
import { useWorkspace } from "./SignedIn";
import { hasRole } from "./workspace";

/** The pages below are for some roles. Others are told so, instead of seeing a form that fails. */
export function RolesOnly({ roles }: { roles: readonly Role[] }) {
  return hasRole(useWorkspace(), roles) ? <Outlet /> : <NoAccess roles={roles} />;
}

function NoAccess({ roles }: { roles: readonly Role[] }) {
  const workspace = useWorkspace();
  const own = workspace.roles.map((role) => roleName(role).toLowerCase()).join(" and ");
  const needed = roles.map((role) => roleName(role).toLowerCase());
  const list = [needed.slice(0, -1).join(", "), needed.at(-1)].filter(Boolean).join(" or ");
  const whom = workspace.kind === "staff" ? "an administrator" : `an owner of ${workspace.name}`;
  return (
    <Stack align="flex-start" maw={520} py={48}>
      <title>No access · SMP</title>
      <Title order={1}>Your role can’t open this page</Title>
      <Text c="dimmed">
        You are {own} here. The page is for the {needed.length === 1 ? "role" : "roles"} {list}. Ask{" "}
        {whom} if you need it.
      </Text>
      <Button component={Link} to={landingPath(workspace)}>
        Go to your start page
      </Button>
    </Stack>
  );
}
