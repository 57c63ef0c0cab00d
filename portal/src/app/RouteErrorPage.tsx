import { Button, Container, Stack, Text, Title } from "@mantine/core";
import { isRouteErrorResponse, useRouteError } from "react-router";
import { NotFoundPage } from "./NotFoundPage";

/** Shown when a page fails, for example because its code could not be loaded after an update. */
export function RouteErrorPage() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFoundPage />;
  return (
    <Container size="xs" component="main" py={96}>
      <title>Something went wrong · SMP</title>
      <Stack align="flex-start">
        <Title order={1}>Something went wrong</Title>
        <Text c="dimmed">
          Your saved data is safe. Reloading the page usually helps, especially after an update.
        </Text>
        <Button onClick={() => window.location.reload()}>Reload</Button>
      </Stack>
    </Container>
  );
}
