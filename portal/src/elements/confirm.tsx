import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";

interface Confirmation {
  title: string;
  /** What will happen, and whether it can be undone. */
  message: string;
  action: string;
  onConfirm: () => void;
}

export function confirmFirst({ title, message, action, onConfirm }: Confirmation): void {
  modals.openConfirmModal({
    title,
    children: <Text size="sm">{message}</Text>,
    labels: { confirm: action, cancel: "Keep as it is" },
    confirmProps: { color: "brick" },
    onConfirm,
  });
}
