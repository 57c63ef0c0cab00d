import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { formatInstant } from "../format/localTime";
import { humanize } from "../format/text";

interface ChangedMeanwhileProps {
  by: string | undefined;
  at: string | undefined;
  /** The fields that the other person changed. */
  theirs: string[];
  /** Those of them that differ from what is typed here. */
  both: string[];
  onMerge: () => void;
  onMine: () => void;
  onTheirs: () => void;
}

/** Says that someone else saved first, and asks what to keep. It takes the focus. */
export function ChangedMeanwhile({
  by = "Someone",
  at,
  theirs,
  both,
  onMerge,
  onMine,
  onTheirs,
}: ChangedMeanwhileProps) {
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => alert.current?.focus(), []);
  const when = at === undefined ? "" : ` on ${formatInstant(at)}`;
  return (
    <Alert
      ref={alert}
      tabIndex={-1}
      color="brick"
      role="alert"
      icon={<IconUsers aria-hidden />}
      title={`${by} changed this${when}`}
    >
      <Stack gap="sm">
        <Text size="sm">
          That was after you opened it, so your changes are not saved yet. Everything you typed is
          still here.
        </Text>
        {theirs.length > 0 && (
          <Text size="sm">
            Changed by {by}: {wordsOf(theirs)}.
            {both.length > 0 && ` Changed by both of you: ${wordsOf(both)}.`}
          </Text>
        )}
        <Group gap="sm">
          {both.length === 0 && (
            <Button size="sm" onClick={onMerge}>
              Keep both changes
            </Button>
          )}
          <Button size="sm" variant="default" onClick={onMine}>
            Overwrite with mine
          </Button>
          <Button size="sm" variant="default" onClick={onTheirs}>
            Use theirs
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}

function wordsOf(fields: string[]): string {
  return fields.map((field) => humanize(field).toLowerCase()).join(", ");
}
