import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";

interface Confirmation {
  title: string;
  /** What will happen, and whether it can be undone. */
  message: string;
  action: string;
  onConfirm: () => void;
  destructive?: boolean;
}

export function confirmAction({
  title,
  message,
  action,
  onConfirm,
  destructive = true,
}: Confirmation): void {
  modals.openConfirmModal({
    title,
    children: <Text size="sm">{message}</Text>,
    labels: { confirm: action, cancel: "Cancel" },
    confirmProps: destructive ? { color: "brick" } : {},
    onConfirm,
  });
}
