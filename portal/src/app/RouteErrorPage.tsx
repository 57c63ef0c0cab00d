import { Button, Container, Stack, Text, Title } from "@mantine/core";
import { isRouteErrorResponse, useRouteError } from "react-router";
import { NotFoundPage } from "./NotFoundPage";

/** When a page itself fails, such as a part of it that could not be fetched after an update. */
export function RouteErrorPage() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFoundPage />;
  return (
    <Container size="xs" component="main" py={96}>
      <title>Something broke · SMP</title>
      <Stack align="flex-start">
        <Title order={1}>This page broke</Title>
        <Text c="dimmed">
          What you saved is safe. Loading the page again usually helps, most of all after an update.
        </Text>
        <Button onClick={() => window.location.reload()}>Load again</Button>
      </Stack>
    </Container>
  );
}
