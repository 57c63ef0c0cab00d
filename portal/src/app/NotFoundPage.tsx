import { Button, Container, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

/** The content alone, for use inside the shell, which provides the landmarks. */
export function NotFound() {
  return (
    <Stack align="flex-start" maw={480} py={48}>
      <title>Not found · SMP</title>
      <Title order={1}>Page not found</Title>
      <Text c="dimmed">This page doesn’t exist, or it belongs to a team you aren’t part of.</Text>
      <Button component={Link} to="/">
        Go to the start page
      </Button>
    </Stack>
  );
}

export function NotFoundPage() {
  return (
    <Container size="xs" component="main" py={64}>
      <NotFound />
    </Container>
  );
}
