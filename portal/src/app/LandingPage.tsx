import { Button, Container, Group, Stack, Text, Title } from "@mantine/core";
import { Navigate } from "react-router";
import { AccountMenu } from "./AccountMenu";
import { landingPath } from "./navigation";
import { useMe, useWorkspace } from "./SignedIn";
import { workspacesOf } from "./workspace";

/** Redirects to the first page for the account's roles. */
export function LandingPage() {
  const [first] = workspacesOf(useMe());
  if (first) return <Navigate to={landingPath(first)} replace />;
  return (
    <Container size="xs" component="main" py={96}>
      <title>Nothing to manage · SMP</title>
      <Stack align="flex-start">
        <Title order={1}>Nothing to manage yet</Title>
        <Text c="dimmed">
          Your account isn’t part of a provider’s team. If you’ve been invited to one, open the link
          in the invitation.
        </Text>
        <Group>
          <Button component="a" href="/">
            Go to the shop
          </Button>
          <AccountMenu />
        </Group>
      </Stack>
    </Container>
  );
}

export function WorkspaceLanding() {
  return <Navigate to={landingPath(useWorkspace())} replace />;
}
