import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { FormError } from "./FormError";

interface ReasonDialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  message: string;
  action: string;
  /** The label of the button that closes the dialog. */
  dismiss?: string;
  destructive?: boolean;
  /** Who reads the reason, in a sentence. */
  readers?: string;
  pending: boolean;
  error: unknown;
  onSubmit: (reason: string) => void;
}

/** A confirmation that needs a reason. */
export function ReasonDialog({
  opened,
  onClose,
  title,
  message,
  action,
  dismiss = "Cancel",
  destructive = false,
  readers = "The people affected will read it.",
  pending,
  error,
  onSubmit,
}: ReasonDialogProps) {
  const [reason, setReason] = useState("");
  const [missing, setMissing] = useState(false);
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() === "") setMissing(true);
          else onSubmit(reason.trim());
        }}
      >
        <Stack>
          <Text size="sm">{message}</Text>
          <Textarea
            label="Reason"
            description={`Required. ${readers}`}
            autosize
            minRows={3}
            value={reason}
            onChange={(event) => {
              setReason(event.currentTarget.value);
              setMissing(false);
            }}
            error={missing ? "Enter a reason." : undefined}
            data-autofocus
          />
          {error != null && <FormError message={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {dismiss}
            </Button>
            <Button type="submit" color={destructive ? "brick" : undefined} loading={pending}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
