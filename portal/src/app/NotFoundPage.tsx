import { Button, Container, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

/** Inside the shell, where the page already has its landmarks. */
export function NotFound() {
  return (
    <Stack align="flex-start" maw={480} py={48}>
      <title>Not found · SMP</title>
      <Title order={1}>There is nothing here</Title>
      <Text c="dimmed">The page does not exist, or it belongs to a team you are not part of.</Text>
      <Button component={Link} to="/">
        Go to your work
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
