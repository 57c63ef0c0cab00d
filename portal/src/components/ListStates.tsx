import { Alert, Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { explain } from "../api/problem";
import styles from "./components.module.css";

export function EmptyState({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      <Title order={2}>{title}</Title>
      {children != null && (
        <Text c="dimmed" mt={6} maw={480} mx="auto" component="div">
          {children}
        </Text>
      )}
      {action != null && (
        <Stack align="center" mt="md">
          {action}
        </Stack>
      )}
    </div>
  );
}

export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <Alert
      color="brick"
      icon={<IconAlertTriangle aria-hidden />}
      title="This couldn’t be loaded"
      role="alert"
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{explain(error)}</Text>
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function LoadingRows({ rows = 5 }: { rows?: number }) {
  return (
    <Stack gap="sm" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={44} radius="sm" />
      ))}
    </Stack>
  );
}

interface LoadedQuery<T> {
  data: T | undefined;
  error: unknown;
  refetch: () => Promise<unknown>;
}

/** Shows a query's data; a skeleton while it loads, or its error with a button to try again. */
export function Loaded<T>({
  query,
  children,
}: {
  query: LoadedQuery<T>;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error != null)
    return <ErrorState error={query.error} retry={() => void query.refetch()} />;
  return <LoadingRows />;
}
